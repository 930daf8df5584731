import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';

/** Somebody who is told what happens. */
export interface Observer<Event> {
  readonly name: string;
  observe(event: Event): void;
}

export interface TellObserversOptions<Event> {
  readonly observers: readonly Observer<Event>[];
  /** @returns the same without secrets. */
  readonly mask: (event: Event) => Event;
  readonly logger: Logger;
}

/**
 * Tells every observer, in their order. One that throws hurts no other and no run: whoever emits an
 * event has something better to do. It is said once, until the observer has taken an event again.
 * An event whose secrets cannot be taken out is told to nobody.
 */
export function tellObservers<Event extends { readonly type: string }>(
  options: TellObserversOptions<Event>,
): (event: Event) => void {
  const failing = new Set<string>();
  const guarded = (name: string, { type }: Event, tell: () => void): void => {
    try {
      tell();
      failing.delete(name);
    } catch (error) {
      if (!failing.has(name)) {
        const sentence = `What happened (${type}) could not be told to: ${name}. Jobs and the others go on.`;
        options.logger.error(errorFields(error), sentence);
      }
      failing.add(name);
    }
  };
  return (event) =>
    guarded('anybody', event, () => {
      const shown = options.mask(event);
      for (const observer of options.observers) {
        guarded(observer.name, event, () => observer.observe(shown));
      }
    });
}

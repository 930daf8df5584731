import { errorFields, type Logger } from '@gitcron/base/log';

/** Somebody who is told what happens. */
export interface Observer<Event> {
  readonly name: string;
  observe(event: Event): void;
}

/**
 * Tells every observer, in their order. One that throws hurts no other and no run: whoever emits an
 * event has something better to do. It is said once, until the observer has taken an event again.
 */
export function tellObservers<Event extends { readonly type: string }>(
  observers: readonly Observer<Event>[],
  logger: Logger,
): (event: Event) => void {
  const failing = new Set<string>();
  return (event) => {
    for (const observer of observers) {
      try {
        observer.observe(event);
        failing.delete(observer.name);
      } catch (error) {
        if (!failing.has(observer.name)) {
          const sentence = `What happened (${event.type}) could not be told to: ${observer.name}. Jobs and the others go on.`;
          logger.error(errorFields(error), sentence);
        }
        failing.add(observer.name);
      }
    }
  };
}

import type { Handled, HandledSlots } from '../../src/schedule/handled-slots.ts';

/** Handled slots that outlive a scheduler, without a file. */
export function memoryHandledSlots(): HandledSlots {
  const jobs = new Map<string, Handled>();
  return {
    get: (slug) => jobs.get(slug),
    set: (slug, handled) => void jobs.set(slug, handled),
    delete: (slug) => void jobs.delete(slug),
    keepOnly: (slugs) => {
      for (const slug of jobs.keys()) if (!slugs.has(slug)) jobs.delete(slug);
    },
    note: () => {},
    close: () => Promise.resolve(),
  };
}

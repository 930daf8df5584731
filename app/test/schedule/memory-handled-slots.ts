import type { HandledSlots, Left } from '../../src/schedule/handled-slots.ts';

/** Handled slots that outlive a scheduler, without a file. */
export function memoryHandledSlots(): HandledSlots {
  const jobs = new Map<string, Left>();
  const change = (slug: string, waitingOf: (waiting: readonly number[]) => number[]): void => {
    const job = jobs.get(slug);
    if (job !== undefined) jobs.set(slug, { ...job, waiting: waitingOf(job.waiting) });
  };
  return {
    get: (slug) => jobs.get(slug),
    set: (slug, handled) => {
      jobs.set(slug, { ...handled, waiting: jobs.get(slug)?.waiting ?? [] });
    },
    wait: (slug, at) => change(slug, (waiting) => [...waiting, at]),
    settle: (slug, at) => change(slug, (waiting) => waiting.filter((each) => each !== at)),
    delete: (slug) => void jobs.delete(slug),
    keepOnly: (slugs) => {
      for (const slug of jobs.keys()) if (!slugs.has(slug)) jobs.delete(slug);
    },
    note: () => {},
    close: () => Promise.resolve(),
  };
}

import type { EpochMs } from '@gitcron/base/clock';
import { timing as textOf } from '../../src/schedule/compare-jobs.ts';
import { sourceOf } from '../../src/events/job-source.ts';
import type { Job } from '../../src/schedule/job.ts';
import type { KnownOfSlots, Range, SlotRun, Timing } from '../../src/schedule/slot-fates.ts';
import type { GivenUpCause, SlotNotes } from '../../src/schedule/slot-notes.ts';

type Open = { -readonly [Key in keyof Timing]: Timing[Key] } & { readonly text: string };

/** What the database keeps of slots, without one: the same rules in the plainest words. */
export function memorySlotNotes() {
  let timings: Open[] = [];
  let watched: { after: EpochMs; until: EpochMs }[] = [];
  const givenUp: (Range & { slug: string; cause: GivenUpCause })[] = [];
  const runs: (SlotRun & { slug: string })[] = [];

  const notes: SlotNotes = {
    timed(source, jobs, from) {
      const open = timings.filter(({ until }) => until === null);
      for (const one of open.filter(({ job }) => sourceOf(job.slug) === source)) {
        const now = jobs.find(({ slug }) => slug === one.job.slug);
        if (now === undefined || textOf(now) !== one.text) one.until = from;
      }
      for (const job of jobs) {
        const isOpen = timings.some((one) => one.until === null && one.job.slug === job.slug);
        if (!isOpen) timings.push(timingOf(job, from));
      }
    },
    watched(since, until) {
      if (since === until) {
        // The clock was ahead: nobody has looked at what is still to come.
        watched = watched.filter(({ after }) => after <= since);
        for (const one of watched) one.until = Math.min(one.until, since);
        timings = timings.filter((one) => one.since <= since || one.until === null);
        for (const one of timings) {
          one.since = Math.min(one.since, since);
          one.until = one.until === null ? null : Math.min(one.until, since);
        }
      }
      const known = watched.find(({ after }) => after === since);
      if (known === undefined) watched.push({ after: since, until });
      else known.until = Math.max(known.until, until);
    },
    givenUp: (cause, until, jobs) =>
      void givenUp.push(...jobs.map(({ slug, after }) => ({ slug, after, until, cause }))),
  };

  return {
    notes,
    ran: (slug: string, run: SlotRun) => void runs.push({ ...run, slug }),
    timingsOf: (slug: string): Timing[] => timings.filter(({ job }) => job.slug === slug),
    /** @param watchedSince of a supervisor that is alive now. */
    knownOf(slug: string, now: EpochMs, watchedSince: EpochMs | null): KnownOfSlots {
      const own = runs.filter((run) => run.slug === slug);
      const live = watchedSince === null ? [] : [{ after: watchedSince, until: now }];
      return {
        now,
        toldUntil: now,
        runs: Map.groupBy(own, ({ scheduledAt }) => scheduledAt),
        catchUps: own.filter(({ trigger }) => trigger === 'catch_up'),
        watched: [...watched, ...live].toSorted((a, b) => a.after - b.after),
        givenUp: givenUp.filter((one) => one.slug === slug),
        forgottenUntil: null,
      };
    },
  };
}

function timingOf(job: Job, since: EpochMs): Open {
  const { slug, schedule, settings } = job;
  const { jitterMs, disabled, catchUp } = settings;
  return {
    job: { slug, schedule, settings: { jitterMs, disabled: false } },
    since,
    until: null,
    held: disabled ? 'crontab' : null,
    makesUpMs: catchUp.kind === 'last' ? (catchUp.windowMs ?? Number.POSITIVE_INFINITY) : null,
    endedBy: null,
    text: textOf(job),
  };
}

import type { Clock } from '@gitcron/base/clock';
import type { JobSource, SlotEvent } from '../events.ts';
import type { JobTiming } from '../events/slot-events.ts';
import type { Job } from './job.ts';
import type { SlotNotes } from './slot-notes.ts';

export interface TellSlotsOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly emit: (event: SlotEvent) => void;
  /** Of the crontab in force. */
  readonly revision: (source: JobSource) => string | null;
  /** Whether somebody, and not the crontab, has the word on whether a job is scheduled. */
  readonly isSwitched: (slug: string) => boolean;
}

/** Tells what has to be known of slots as events. */
export function tellSlots({ clock, emit, revision, isSwitched }: TellSlotsOptions): SlotNotes {
  const timingOf = (job: Job): JobTiming[] => {
    const { slug, schedule, settings } = job;
    if (schedule.kind !== 'cron' && schedule.kind !== 'interval') return [];
    const { jitterMs, disabled, catchUp } = settings;
    return [
      {
        job: slug,
        schedule: schedule.source,
        zone: schedule.kind === 'cron' ? schedule.zone : null,
        jitterMs,
        held: disabled ? (isSwitched(slug) ? 'switch' : 'crontab') : null,
        catchUp: catchUp.kind,
        windowMs: catchUp.kind === 'none' ? null : catchUp.windowMs,
      },
    ];
  };
  return {
    timed(source, jobs, from) {
      const timings = jobs.flatMap(timingOf);
      const event = { source, revision: revision(source), from, timings };
      emit({ type: 'slots_timed', at: clock.now(), ...event });
    },
    watched: (since, until) => emit({ type: 'slots_watched', at: clock.now(), since, until }),
    givenUp: (cause, until, jobs) =>
      emit({ type: 'slots_given_up', at: clock.now(), cause, until, jobs }),
  };
}

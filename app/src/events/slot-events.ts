import { z } from 'zod';
import { defineKeptEvent } from './define-event.ts';
import { at, eventSchema, revision, text } from './fields.ts';
import { JOB_SOURCES } from './job-source.ts';
import { storeGivenUp, storeTimings, storeWatched } from './storing/store-slots.ts';

const owner = z.uuid();

/** The schedule of a job, as far as its slots depend on it, and what is made up for of them. */
const timing = z
  .object({
    job: text,
    schedule: text,
    zone: text.nullable(),
    jitterMs: z.number().int(),
    /** Who took it off the schedule; null: it is on it. */
    held: z.enum(['crontab', 'switch']).nullable(),
    catchUp: z.enum(['none', 'last', 'all']),
    windowMs: z.number().int().nullable(),
  })
  .readonly();
export type JobTiming = z.output<typeof timing>;

const timed = {
  source: z.enum(JOB_SOURCES),
  /** Null when a plain crontab is run without a repository. */
  revision: revision.nullable(),
  /** From then on, exclusive. */
  from: at,
  /** All of the source. */
  timings: z.array(timing).readonly(),
};

/** From an instant on the slots of a source are those of these schedules. `schedule` tells the three of them. */
export const slotsTimed = defineKeptEvent({
  type: 'slots_timed',
  told: eventSchema('slots_timed', timed),
  schema: eventSchema('slots_timed', { ...timed, owner }),
  keep: (event, { origin }) => ({ ...event, owner: origin.owner }),
  storing: { kind: 'fact', store: storeTimings },
});

const watched = { since: at, until: at };

/** Slots in (since, until] were looked after. Told again and again while they are. */
export const slotsWatched = defineKeptEvent({
  type: 'slots_watched',
  told: eventSchema('slots_watched', watched),
  schema: eventSchema('slots_watched', { ...watched, owner }),
  keep: (event, { origin }) => ({ ...event, owner: origin.owner }),
  storing: { kind: 'fact', store: storeWatched },
});

const givenUp = {
  cause: z.enum(['stalled', 'clock']),
  until: at,
  jobs: z.array(z.object({ slug: text, after: at }).readonly()).readonly(),
};

/** Slots that have not fired by now and never will: those of each job up to an instant. */
export const slotsGivenUp = defineKeptEvent({
  type: 'slots_given_up',
  told: eventSchema('slots_given_up', givenUp),
  schema: eventSchema('slots_given_up', { ...givenUp, owner }),
  keep: (event, { origin }) => ({ ...event, owner: origin.owner }),
  storing: { kind: 'fact', store: storeGivenUp },
});

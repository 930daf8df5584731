import { z } from 'zod';
import { iso } from './instant.ts';

/** What became of slots. */
export const SLOT_FATES = [
  'planned',
  'waiting',
  'on_time',
  'late',
  'made_up',
  'skipped',
  'not_begun',
  'missed',
  'withdrawn',
  'forgotten',
  'unwritten',
  'unexplained',
] as const;

/** A slot, or several of one job one after the other that had the same fate and no run. */
export const slotView = z.object({
  job: z.string(),
  at: iso.describe('of the first'),
  until: iso.describe('of the last; the same for one'),
  count: z.int(),
  fate: z
    .enum(SLOT_FATES)
    .describe(
      'late: by more than 1 s; made_up: by @catchup; not_begun: its run was canceled or lost before it began, or got no process; forgotten: looked after, its run was cleaned up; unwritten: what became of it waits in the journal for the database',
    ),
  why: z
    .enum(['turn', 'stalled', 'down', 'clock', 'commit', 'crontab', 'switch'])
    .nullable()
    .describe(
      'late: it had to wait for its turn, or nothing could be started. missed: Gitcron was down, nothing could be started, or the clock was set. withdrawn: by a commit, @disabled in the crontab, or a switch',
    ),
  lateMs: z.int().nullable(),
  run: z.uuid().nullable().describe('its own; of a skipped slot, too'),
  status: z.string().nullable().describe('of that run'),
  inTheWay: z.uuid().nullable().describe('skipped: the run of the job that was going on'),
  madeUpBy: z.uuid().nullable().describe('missed: the run of @catchup that stands for it'),
  release: z.string().nullable().describe('withdrawn: the commit whose crontab took it away'),
});
export type SlotView = z.output<typeof slotView>;

export const slotPage = z.object({
  items: z.array(slotView),
  complete: z
    .boolean()
    .describe('false: the newest history waits for the database, so something may be missing'),
  next: iso.nullable().describe('`from` of the next page; null when this is the last'),
});
export type SlotPage = z.output<typeof slotPage>;

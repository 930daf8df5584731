import type { Clock } from '@gitcron/base/clock';
import type { Logger } from '@gitcron/base/log';
import type { HandledSlots } from './handled-slots.ts';
import type { Dispatcher } from './job.ts';
import type { MinuteBeat } from './minute-beat.ts';
import type { SlotNotes } from './slot-notes.ts';

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly logger: Logger;
  readonly handledSlots: HandledSlots;
  /** Left out: nobody wants to know later what became of slots. */
  readonly notes?: SlotNotes;
  /** How long before its instant a slot is prepared at least. */
  readonly leadMs?: number;
  readonly minuteBeat?: MinuteBeat;
}

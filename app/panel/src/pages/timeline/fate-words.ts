import type { SlotView } from '../../../../src/api/slot.ts';
import { duration } from '../../time/duration.ts';

const WHY: Readonly<Record<NonNullable<SlotView['why']>, string>> = {
  turn: 'it had to wait for its turn',
  stalled: 'nothing could be started',
  down: 'Gitcron was down',
  clock: 'the clock was set',
  commit: 'a commit took it away',
  crontab: '@disabled in the crontab',
  switch: 'somebody disabled the job',
};

/** What became of a slot, in a few words. */
export function fateInWords({ fate, why, lateMs, inTheWay, madeUpBy }: SlotView): string {
  const because = why === null ? '' : `: ${WHY[why]}`;
  switch (fate) {
    case 'planned':
      return 'planned';
    case 'waiting':
      return 'waits for its turn';
    case 'on_time':
      return lateMs === null ? 'on time' : `on time (+${lateMs} ms)`;
    case 'late':
      return `late${lateMs === null ? '' : ` by ${duration(lateMs)}`}${because}`;
    case 'made_up':
      return 'made up for';
    case 'skipped':
      return inTheWay === null ? 'skipped' : `skipped: #${inTheWay.slice(-8)} was going on`;
    case 'not_begun':
      return 'its run never began';
    case 'missed':
      return `missed${because}${madeUpBy === null ? '' : `, made up for by #${madeUpBy.slice(-8)}`}`;
    case 'withdrawn':
      return `withdrawn${because}`;
    case 'forgotten':
      return 'looked after; its run was cleaned up';
    case 'unwritten':
      return 'not known yet: history waits for the database';
    case 'unexplained':
      return 'not explained';
    default:
      return fate satisfies never;
  }
}

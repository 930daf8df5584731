import { Link } from '@tanstack/react-router';
import type { RunSummaryView } from '../../../../src/api/run.ts';
import type { SlotView } from '../../../../src/api/slot.ts';
import { STATUS_WORDS } from '../../marks/status-words.ts';
import { duration } from '../../time/duration.ts';
import { exactly } from '../../time/format.ts';
import { useZone } from '../../time/zone.tsx';
import { fateInWords } from './fate-words.ts';
import type { Mark } from './marks.ts';
import type { TimelineView } from './queries.ts';
import style from './timeline.module.css';

const MOST_ROWS = 500;

type Row =
  | { readonly at: number; readonly slot: SlotView; readonly run: RunSummaryView | null }
  | { readonly at: number; readonly run: RunSummaryView }
  | { readonly at: number; readonly mark: Mark };

/** The same as what is drawn, for those who read it; the newest first. */
export function TimelineTable({
  view: { slots, runs },
  marks,
}: {
  readonly view: TimelineView;
  readonly marks: readonly Mark[];
}) {
  const { name: zone } = useZone();
  const runOf = new Map(runs.map((run) => [run.id, run]));
  const ofSlots = new Set(slots.flatMap(({ run }) => run ?? []));
  const rows: readonly Row[] = [
    ...slots.map((slot) => ({
      at: Date.parse(slot.at),
      slot,
      run: slot.run === null ? null : (runOf.get(slot.run) ?? null),
    })),
    ...runs
      .filter(({ id }) => !ofSlots.has(id))
      .map((run) => ({ at: Date.parse(run.queuedAt), run })),
    ...marks.map((mark) => ({ at: mark.at, mark })),
  ].toSorted((a, b) => b.at - a.at);
  return (
    <div className={style.table}>
      <table>
        <thead>
          <tr>
            <th>When ({zone})</th>
            <th>Job</th>
            <th>What became of it</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_ROWS).map((row, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- several things may be at one instant
            <tr key={index}>
              <td>{exactly(new Date(row.at).toISOString(), zone)}</td>
              <td>{'mark' in row ? '' : jobOf(row)}</td>
              <td>
                {'mark' in row ? row.mark.sentence : null}
                {'slot' in row ? slotInWords(row.slot) : null}
                {'run' in row && row.run !== null ? <Run run={row.run} /> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length <= MOST_ROWS ? null : (
        <p className="soft">and {rows.length - MOST_ROWS} earlier ones: look at a shorter time.</p>
      )}
    </div>
  );
}

function jobOf(row: Exclude<Row, { mark: Mark }>): string {
  return 'slot' in row ? row.slot.job : row.run.job;
}

function slotInWords(slot: SlotView): string {
  return `${slot.count > 1 ? `${slot.count} slots, ` : ''}${fateInWords(slot)}`;
}

function Run({ run: { id, status, durationMs } }: { readonly run: RunSummaryView }) {
  return (
    <>
      {' '}
      <Link to="/runs/$id" params={{ id }}>
        {STATUS_WORDS[status]}
        {durationMs === null ? '' : ` in ${duration(durationMs)}`}
      </Link>
    </>
  );
}

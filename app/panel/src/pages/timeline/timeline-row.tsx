import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../../src/api/job.ts';
import type { RunSummaryView } from '../../../../src/api/run.ts';
import type { SlotView } from '../../../../src/api/slot.ts';
import { isFailure, STATUS_WORDS } from '../../marks/status-words.ts';
import { duration } from '../../time/duration.ts';
import { exactly } from '../../time/format.ts';
import { useZone } from '../../time/zone.tsx';
import { fateInWords } from './fate-words.ts';
import type { Mark } from './marks.ts';
import type { Span } from './span.ts';
import style from './timeline.module.css';

const HEIGHT = 34;
const BAR = { top: 6, height: 14 };

export interface TimelineRowProps {
  readonly job: Pick<JobView, 'slug' | 'title'>;
  readonly runs: readonly RunSummaryView[];
  readonly slots: readonly SlotView[];
  readonly marks: readonly Mark[];
  readonly span: Span;
  readonly width: number;
  readonly now: number;
}

/** The runs of a job as bars, what waited as a line before them, and its slots below. */
export function TimelineRow({ job, runs, slots, marks, span, width, now }: TimelineRowProps) {
  const { name: zone } = useZone();
  const x = (at: number): number =>
    Math.round(((at - span.from) / (span.to - span.from)) * width * 10) / 10;
  return (
    <div className={style.row} data-row>
      <div className={style.job}>
        <Link to="/jobs/$slug" params={{ slug: job.slug }}>
          {job.title}
        </Link>
      </div>
      <svg width={width} height={HEIGHT} role="group" aria-label={inWords(runs, slots)}>
        {marks.map((mark) => (
          <path
            key={`${mark.kind} ${mark.at}`}
            className={style.across}
            data-kind={mark.kind}
            d={
              mark.kind === 'outage'
                ? `M${x(mark.at)} 0H${x(mark.until ?? now)}V${HEIGHT}H${x(mark.at)}Z`
                : `M${x(mark.at)} 0V${HEIGHT}`
            }
          >
            <title>{`${mark.sentence}\n${exactly(new Date(mark.at).toISOString(), zone)}`}</title>
          </path>
        ))}
        <path className={style.now} d={`M${x(now)} 0V${HEIGHT}`} />
        {slots.map((slot) => (
          <Slot key={`${slot.at} ${slot.fate}`} slot={slot} x={x} zone={zone} />
        ))}
        {runs.map((run) => (
          <Run key={run.id} run={run} x={x} zone={zone} now={now} />
        ))}
      </svg>
    </div>
  );
}

interface Placed {
  readonly x: (at: number) => number;
  readonly zone: string;
}

function Slot({ slot, x, zone }: Placed & { readonly slot: SlotView }) {
  const [left, right] = [x(Date.parse(slot.at)), x(Date.parse(slot.until))];
  const title = `${exactly(slot.at, zone)}${slot.count > 1 ? `, ${slot.count} slots` : ''}: ${fateInWords(slot)}`;
  if (slot.count > 1) {
    return (
      <rect
        className={style.slots}
        data-fate={slot.fate}
        x={left}
        y={BAR.top + BAR.height + 4}
        width={Math.max(2, right - left)}
        height={4}
      >
        <title>{title}</title>
      </rect>
    );
  }
  const y = BAR.top + BAR.height + 3;
  const d =
    slot.fate === 'missed' || slot.fate === 'not_begun'
      ? `M${left - 3} ${y}l6 6m0 -6l-6 6`
      : slot.fate === 'skipped' || slot.fate === 'withdrawn'
        ? `M${left - 2} ${y + 3}h4`
        : `M${left} ${y}v5`;
  return (
    <path className={style.slot} data-fate={slot.fate} d={d}>
      <title>{title}</title>
    </path>
  );
}

function Run({
  run,
  x,
  zone,
  now,
}: Placed & { readonly run: RunSummaryView; readonly now: number }) {
  if (run.status === 'skipped') return null;
  const queued = Date.parse(run.queuedAt);
  const began = run.startedAt === null ? null : Date.parse(run.startedAt);
  const ended = run.finishedAt === null ? now : Date.parse(run.finishedAt);
  const left = x(began ?? queued);
  const middle = BAR.top + BAR.height / 2;
  const took = run.durationMs === null ? '' : `, ${duration(run.durationMs)}`;
  return (
    <Link
      to="/runs/$id"
      params={{ id: run.id }}
      tabIndex={-1}
      aria-label={STATUS_WORDS[run.status]}
    >
      <title>{`${exactly(run.startedAt ?? run.queuedAt, zone)}: ${STATUS_WORDS[run.status]}${took}`}</title>
      {began === null || began - queued < 1000 ? null : (
        <path className={style.waited} d={`M${x(queued)} ${middle}H${left}`} />
      )}
      <rect
        className={style.run}
        data-status={run.status}
        x={left}
        y={BAR.top}
        width={Math.max(3, x(ended) - left)}
        height={BAR.height}
        rx={1}
      />
    </Link>
  );
}

function inWords(runs: readonly RunSummaryView[], slots: readonly SlotView[]): string {
  const failed = runs.filter(({ status }) => isFailure(status)).length;
  const planned = slots
    .filter(({ fate }) => fate === 'planned')
    .reduce((sum, { count }) => sum + count, 0);
  return `${runs.length} runs, ${failed} of them failed; ${planned} slots planned`;
}

import type { RunMarkView } from '../../../src/api/job.ts';
import type { RunStatus } from '../../../src/api/run.ts';
import { duration } from '../time/duration.ts';
import { BAR, RunBar } from './run-bar.tsx';
import style from './marks.module.css';
import { STATUS_WORDS } from './status-words.ts';

const STEP = BAR.width + 1;
const LEAST = 4;

/** The last runs of a job, the newest at the right; height is duration, beside the usual one. */
export function RunStrip({
  runs,
  usualMs,
  places,
}: {
  /** The newest first. */
  readonly runs: readonly RunMarkView[];
  readonly usualMs: number | null;
  /** So many runs wide, however many there are: strips of a list stand in line. */
  readonly places: number;
}) {
  const shown = runs.slice(0, places);
  const width = places * STEP;
  return (
    <svg
      className={style.strip}
      viewBox={`0 0 ${width} ${BAR.height + 1}`}
      width={width}
      height={BAR.height + 1}
      role="img"
      aria-label={inWords(shown)}
    >
      <path className={style.base} d={`M0 ${BAR.height + 0.5}H${width}`} />
      {shown.map((run, index) => (
        <g key={run.id} transform={`translate(${width - (index + 1) * STEP} 0)`}>
          <title>{told(run)}</title>
          <RunBar status={run.status} height={heightOf(run.durationMs, usualMs)} />
        </g>
      ))}
    </svg>
  );
}

/** The usual one is 0.6 of the height; ten times that is all of it, and a tenth of it is little. */
function heightOf(durationMs: number | null, usualMs: number | null): number {
  if (durationMs === null || usualMs === null) return BAR.height * 0.6;
  const times = Math.log10(Math.max(durationMs, 1) / Math.max(usualMs, 1));
  const share = Math.min(1, Math.max(0.2, 0.6 + 0.4 * times));
  return Math.max(LEAST, Math.round(share * BAR.height));
}

function told({ status, durationMs }: RunMarkView): string {
  const word = STATUS_WORDS[status];
  return durationMs === null ? word : `${word}, ${duration(durationMs)}`;
}

function inWords(runs: readonly RunMarkView[]): string {
  if (runs.length === 0) return 'No runs yet';
  const counts = new Map<RunStatus, number>();
  for (const { status } of runs) counts.set(status, (counts.get(status) ?? 0) + 1);
  const parts = [...counts].map(([status, count]) => `${count} ${STATUS_WORDS[status]}`);
  return `Last ${runs.length} runs: ${parts.join(', ')}`;
}

import type { RunStatus } from '../../../src/api/run.ts';
import style from './marks.module.css';

export const BAR = { width: 5, height: 20 };

/**
 * The shape of a run, on a base line at `BAR.height`. Shape alone says the status; colour repeats it.
 * @param height of the bar, by its duration.
 */
export function RunBar({
  status,
  height,
}: {
  readonly status: RunStatus;
  readonly height: number;
}) {
  const { width, height: bottom } = BAR;
  const top = bottom - height;
  const outline = { x: 0.5, y: top + 0.5, width: width - 1, height: Math.max(1, height - 1) };
  switch (status) {
    case 'succeeded':
      return <rect className={style.succeeded} y={top} width={width} height={height} />;
    case 'failed':
      return (
        <path
          className={style.failed}
          d={`M0 ${top}H${width}V${bottom - 8}L1.5 ${bottom - 5.5}L${width} ${bottom - 3}V${bottom}H0Z`}
        />
      );
    case 'timed_out':
      return (
        <path
          className={style.failed}
          d={`M0 ${top + 4}H${width}V${bottom}H0ZM0 ${top}H${width}V${top + 2}H0Z`}
        />
      );
    case 'lost':
      return (
        <path
          className={style.failed}
          d={dashes(top, bottom)
            .map(([from, to]) => `M0 ${from}H${width}V${to}H0Z`)
            .join('')}
        />
      );
    case 'canceled':
      return <rect className={style.hollow} {...outline} />;
    case 'running':
      return <rect className={style.running} {...outline} />;
    case 'queued':
      return <rect className={style.running} {...outline} y={bottom - 5.5} height={5} />;
    case 'skipped':
      return <circle className={style.skipped} cx={width / 2} cy={bottom - 2} r={1.6} />;
    default:
      return status satisfies never;
  }
}

function dashes(top: number, bottom: number): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (let at = bottom; at > top; at -= 4) found.push([Math.max(top, at - 2.5), at]);
  return found;
}

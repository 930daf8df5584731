import { clockTime, day } from '../../time/format.ts';
import { useZone } from '../../time/zone.tsx';
import type { Mark } from './marks.ts';
import { ticksOf, type Span } from './span.ts';
import style from './timeline.module.css';

const HEIGHT = 44;
const LABEL_PX = 64;

/** The time above the rows, and what happened to the whole house. */
export function Axis({
  span,
  width,
  marks,
}: {
  readonly span: Span;
  readonly width: number;
  readonly marks: readonly Mark[];
}) {
  const { name: zone } = useZone();
  const x = (at: number): number => ((at - span.from) / (span.to - span.from)) * width;
  const ticks = ticksOf(span, Math.max(2, Math.floor(width / LABEL_PX)));
  return (
    <svg width={width} height={HEIGHT} className={style.axis} aria-hidden>
      {ticks.map((at, index) => {
        const iso = new Date(at).toISOString();
        const before = ticks[index - 1];
        const isNewDay =
          before === undefined || day(new Date(before).toISOString(), zone) !== day(iso, zone);
        return (
          <g key={at} transform={`translate(${x(at)} 0)`}>
            <path className={style.tick} d={`M0.5 ${HEIGHT - 14}V${HEIGHT}`} />
            <text y={HEIGHT - 17} textAnchor="middle">
              {clockTime(iso, zone)}
            </text>
            {isNewDay ? (
              <text y={12} textAnchor="middle" className={style.day}>
                {day(iso, zone)}
              </text>
            ) : null}
          </g>
        );
      })}
      {marks.map((mark) => (
        <path
          key={`${mark.kind} ${mark.at}`}
          data-kind={mark.kind}
          className={style.mark}
          d={`M${x(mark.at) - 4} ${HEIGHT - 9}h8l-4 8z`}
        />
      ))}
    </svg>
  );
}

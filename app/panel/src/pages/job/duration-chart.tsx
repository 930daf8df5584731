import { Link } from '@tanstack/react-router';
import { duration } from '../../time/duration.ts';
import { day, exactly } from '../../time/format.ts';
import { useZone } from '../../time/zone.tsx';
import { scaleOf } from './duration-scale.ts';
import { SPANS, type Durations } from './queries.ts';
import style from './job.module.css';

const WIDTH = 960;
const HEIGHT = 150;
const LEFT = 56;
const TOP = 10;
const BOTTOM = 18;

/**
 * Shortest to longest of each span of time as a bar, its median as a dash, releases as lines across.
 * What failed makes its span stand out; a table says the same.
 */
export function DurationChart({ durations }: { readonly durations: Durations }) {
  const { name: zone } = useZone();
  const { spans, releases } = durations;
  const [from, to] = [Date.parse(durations.from), Date.parse(durations.to)];
  if (spans.length === 0) return <p className="soft">No run has ended in that time.</p>;
  const longest = Math.max(...spans.map(({ longestMs }) => longestMs ?? 0), 1);
  const scale = scaleOf(longest);
  const x = (at: string): number =>
    LEFT + ((Date.parse(at) - from) / Math.max(1, to - from)) * (WIDTH - LEFT);
  const y = (ms: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - ms / scale.topMs);
  const wide = Math.max(3, (WIDTH - LEFT) / SPANS - 2);
  const runs = spans.reduce((sum, span) => sum + span.runs, 0);
  const succeeded = spans.reduce((sum, span) => sum + span.succeeded, 0);
  return (
    <>
      <p>
        {succeeded} of {runs} runs succeeded ({share(succeeded, runs)}).
      </p>
      <svg
        className={style.chart}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Durations from ${day(durations.from, zone)} to ${day(durations.to, zone)}, up to ${duration(longest)}`}
      >
        {scale.steps.map((ms) => (
          <g key={ms}>
            <path className={style.grid} d={`M${LEFT} ${y(ms)}H${WIDTH}`} />
            <text className={style.axis} x={LEFT - 6} y={y(ms) + 4} textAnchor="end">
              {duration(ms)}
            </text>
          </g>
        ))}
        {releases.map(({ revision, at }) => (
          <path key={revision} className={style.release} d={`M${x(at)} 0V${HEIGHT - BOTTOM}`}>
            <title>{`${revision.slice(0, 7)} ${exactly(at, zone)}`}</title>
          </path>
        ))}
        {spans.map((span) => {
          const [low, high] = [span.shortestMs ?? 0, span.longestMs ?? 0];
          const failed = span.runs - span.succeeded;
          return (
            <g key={span.from} transform={`translate(${x(span.from)} 0)`}>
              <title>{`${exactly(span.from, zone)}: ${spanInWords(span)}`}</title>
              <rect
                className={style.band}
                width={wide}
                y={y(high)}
                height={Math.max(2, y(low) - y(high))}
              />
              {span.medianMs === null ? null : (
                <rect className={style.median} width={wide} y={y(span.medianMs) - 1} height={2} />
              )}
              {failed === 0 ? null : (
                <path
                  className={style.failed}
                  d={`M0 ${HEIGHT - BOTTOM + 4}h${wide}l-${wide / 2} 7z`}
                />
              )}
            </g>
          );
        })}
        <text className={style.axis} x={LEFT} y={HEIGHT - 2}>
          {day(durations.from, zone)}
        </text>
        <text className={style.axis} x={WIDTH} y={HEIGHT - 2} textAnchor="end">
          {day(durations.to, zone)}
        </text>
      </svg>
      <p className="soft small">
        Bar: shortest to longest; dash: median; mark below: something failed; line across: a
        release. Times in {zone}.
      </p>
      <details>
        <summary>As a table</summary>
        <div className={style.table}>
          <table>
            <thead>
              <tr>
                <th>From</th>
                <th>Runs</th>
                <th>Succeeded</th>
                <th>Shortest</th>
                <th>Median</th>
                <th>Longest</th>
              </tr>
            </thead>
            <tbody>
              {spans.map((span) => (
                <tr key={span.from}>
                  <td>{exactly(span.from, zone)}</td>
                  <td>{span.runs}</td>
                  <td>{span.succeeded}</td>
                  <td>{inWords(span.shortestMs)}</td>
                  <td>{inWords(span.medianMs)}</td>
                  <td>{inWords(span.longestMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <ul>
          {releases.map(({ revision, at }) => (
            <li key={revision}>
              {exactly(at, zone)}: release{' '}
              <Link to="/releases/$revision" params={{ revision }}>
                <code>{revision.slice(0, 7)}</code>
              </Link>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

function spanInWords({ runs, succeeded, medianMs }: Durations['spans'][number]): string {
  const usual = medianMs === null ? '' : `, median ${duration(medianMs)}`;
  return `${runs} runs, ${runs - succeeded} did not succeed${usual}`;
}

function inWords(ms: number | null): string {
  return ms === null ? '–' : duration(ms);
}

/** Never 100 % where one did not succeed. */
function share(part: number, all: number): string {
  return `${(Math.floor((part / Math.max(1, all)) * 1000) / 10).toLocaleString('en')} %`;
}

import prettyMilliseconds from 'pretty-ms';

/** `0.3 s`, `4 m 10 s`, `2 h`: two units at most. */
export function duration(ms: number): string {
  if (ms === 0) return '0 s';
  if (ms < 1000) return `${(ms / 1000).toFixed(ms < 100 ? 2 : 1)} s`;
  return prettyMilliseconds(ms, {
    unitCount: 2,
    secondsDecimalDigits: ms < 10_000 ? 1 : 0,
  }).replaceAll(/(\d)([a-z])/g, '$1 $2');
}

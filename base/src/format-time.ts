let cachedSecond = Number.NaN;
let cachedText = '';

/**
 * The time in front of a text line: `2026-11-21T14:02:00.003+01:00` in the process's zone,
 * or `14:02:00.003` for a terminal.
 */
export function formatTime(epochMs: number, terminal: boolean): string {
  const second = Math.floor(epochMs / 1000);
  // A million lines a second share one call of the slow calendar functions.
  if (second !== cachedSecond) {
    cachedSecond = second;
    cachedText = localTime(new Date(second * 1000));
  }
  const ms = String(epochMs - second * 1000).padStart(3, '0');
  return terminal
    ? `${cachedText.slice(11, 19)}.${ms}`
    : `${cachedText.slice(0, 19)}.${ms}${cachedText.slice(19)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function localTime(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const zone =
    offset === 0
      ? 'Z'
      : `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}${zone}`;
}

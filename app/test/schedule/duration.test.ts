import { expect, it } from 'vitest';
import { parseDuration } from '../../src/schedule/duration.ts';

it.each([
  ['1 hour', '1', 'Write number and unit as one word: 1h for an hour, 30s, 5m, 1h30m or 2d.'],
  ['an hour', 'an', 'Write number and unit as one word: 1h for an hour, 30s, 5m, 1h30m or 2d.'],
  ['5min', '5min', 'Did you mean 5m?'],
  ['2Days', '2Days', 'Did you mean 2d?'],
  ['10secs', '10secs', 'Did you mean 10s?'],
  ['100ms', '100ms', 'Write for example 30s, 5m, 1h30m or 2d.'],
  ['0s', '0s', 'Write for example 30s, 5m, 1h30m or 2d.'],
  ['soon', 'soon', 'Write for example 30s, 5m, 1h30m or 2d.'],
])('%s: its first word says what to write', (_, word, hint) => {
  expect(() => parseDuration(word, 1000)).toThrow(
    expect.objectContaining({ code: 'GITCRON_E_DURATION', hint }),
  );
});

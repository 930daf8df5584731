import { ScheduleError } from '../schedule-error.ts';

/** Ten thousand jobs with a comment each fit; what is larger is not a crontab. */
export const MAX_CRONTAB_BYTES = 1024 * 1024;

/**
 * The text of a crontab.
 * @throws ScheduleError (line 1) when it is too large, empty or no text.
 */
export function decodeCrontab(bytes: Uint8Array | string): string {
  const size = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength;
  if (size > MAX_CRONTAB_BYTES) {
    const expected = `at most ${MAX_CRONTAB_BYTES / 1024} KiB`;
    throw new ScheduleError(
      'GITCRON_E_CRONTAB_TOO_LARGE',
      `The crontab has ${Math.ceil(size / 1024)} KiB.`,
      { column: 1, expected, hint: 'Is this the right file? CRON_FILE names the crontab.' },
    );
  }
  const text = typeof bytes === 'string' ? bytes.replace(/^\u{FEFF}/u, '') : decodeUtf8(bytes);
  if (text.trim() === '') {
    throw new ScheduleError('GITCRON_E_CRONTAB_EMPTY', 'The crontab is empty.', {
      column: 1,
      expected: 'jobs, or at least a comment',
      hint: 'Was it cut short? To have no jobs on purpose, leave a comment in it: # no jobs yet',
    });
  }
  if (text.includes('\0')) throw notText('It holds NUL characters.');
  return text;
}

/** @throws ScheduleError */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const isUtf16 = /^(?:fffe|feff)/.test(Buffer.from(bytes.subarray(0, 2)).toString('hex'));
    throw notText(isUtf16 ? 'It is UTF-16.' : 'It holds bytes that are not UTF-8.');
  }
}

const CONTROL = /[^\P{Cc}\t]/u;

/**
 * Control characters move the cursor of whoever reads a log, and no schedule or command needs them.
 * @throws ScheduleError with the column of the first in a line.
 */
export function expectPlainText(line: string): void {
  const index = line.search(CONTROL);
  if (index === -1) return;
  const code = line.charCodeAt(index).toString(16).padStart(4, '0').toUpperCase();
  throw new ScheduleError(
    'GITCRON_E_CRONTAB_NOT_TEXT',
    `The line holds the control character U+${code}.`,
    {
      column: index + 1,
      expected: 'printable text and tabs',
      hint: 'Take it out; in a command write it as an escape, for example printf with \\033.',
    },
  );
}

function notText(what: string): ScheduleError {
  return new ScheduleError(
    'GITCRON_E_CRONTAB_NOT_TEXT',
    `The crontab is not a text file. ${what}`,
    {
      column: 1,
      expected: 'UTF-8 text',
      hint: 'Save the file as UTF-8. If it is a binary file, CRON_FILE names the wrong one.',
    },
  );
}

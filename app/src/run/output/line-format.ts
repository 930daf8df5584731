import type { EpochMs } from '@gitcron/base/clock';
import type { OutputStream } from '../../api/output.ts';
import { formatTime } from '@gitcron/base/format-time';
import type { LogFormat } from '@gitcron/base/log-settings';
import { shortRunId } from '../short-run-id.ts';
import { decode } from './decode.ts';

/** What each line of a stream is tagged with. */
export interface LineTag {
  readonly job: string;
  readonly runId: string;
  readonly stream: OutputStream;
}

/** Turns a block of whole lines, as the splitter makes them, into as many lines of the log. */
export type LineFormat = (block: Buffer, at: EpochMs) => string;

export function lineFormat(format: LogFormat, terminal: boolean, tag: LineTag): LineFormat {
  return format === 'json' ? jsonLines(tag) : textLines(tag, terminal);
}

/**
 * C0, DEL and C1 controls, line and paragraph separators, and the marks that change the direction
 * of text: whatever could end a line, move the cursor or show a line as something it is not.
 */
const CONTROLS = String.raw`\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069`;

const NOT_PLAIN_TEXT = new RegExp(`[${CONTROLS}]`);
const EACH_CONTROL = new RegExp(`[${CONTROLS}]`, 'g');
const NOT_PLAIN_JSON = new RegExp(String.raw`[\t"\\${CONTROLS}]`);
/** What JSON.stringify leaves as it is. */
const JSON_LEAVES = /[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// oxlint-disable-next-line no-control-regex -- a color begins with a control character
const COLORS = /\x1b\[[0-9;:]*m/g;

/** `TIME job#run | line`, with `!` in the place of `|` for stderr. */
function textLines(tag: LineTag, terminal: boolean): LineFormat {
  const name = `${tag.job}#${shortRunId(tag.runId)} ${tag.stream === 'stdout' ? '|' : '!'} `;
  return (block, at) => {
    const prefix = `${formatTime(at, terminal)} ${name}`;
    const text = decode(block).slice(0, -1);
    if (!NOT_PLAIN_TEXT.test(text)) return `${prefix}${text.replaceAll('\n', `\n${prefix}`)}\n`;
    const lines = text.split('\n').map((line) => `${prefix}${escapeText(lastState(line))}\n`);
    return lines.join('');
  };
}

/** One object a line, with pino's names for level, time and text. */
function jsonLines({ job, runId, stream }: LineTag): LineFormat {
  const tag = `"room":"job","job":${JSON.stringify(job)},"run":"${runId}","stream":"${stream}"`;
  return (block, at) => {
    const prefix = `{"level":30,"time":"${new Date(at).toISOString()}",${tag},"msg":`;
    const text = decode(block).slice(0, -1);
    if (!NOT_PLAIN_JSON.test(text)) {
      return `${prefix}"${text.replaceAll('\n', `"}\n${prefix}"`)}"}\n`;
    }
    const lines = text.split('\n').map((line) => `${prefix}${quoteJson(lastState(line))}}\n`);
    return lines.join('');
  };
}

/** What a terminal would show of a line that is overwritten in place, as progress bars are. */
function lastState(line: string): string {
  if (!line.includes('\r')) return line;
  const shown = line.replace(/\r+$/, '');
  return shown.slice(shown.lastIndexOf('\r') + 1);
}

/** Text in which nothing is left that a terminal would obey; colors are dropped, tabs and newlines stay. */
export function escapeText(line: string): string {
  return line.replace(COLORS, '').replace(EACH_CONTROL, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

function quoteJson(line: string): string {
  return JSON.stringify(line).replace(
    JSON_LEAVES,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

import { StringDecoder } from 'node:string_decoder';
import { bytesOf } from './chunk-bytes.ts';
import type { ChunkView } from '../../api/output.ts';
import { escapeText } from '../../run/output/line-format.ts';

export interface PrintOptions {
  /** Byte for byte: whatever it does to the terminal. */
  readonly raw: boolean;
  /** One object a line in the place of the text. */
  readonly json: boolean;
}

/**
 * Prints pieces of output where the script wrote them: stdout to stdout and stderr to stderr.
 * What a script writes must not reprogram the terminal of whoever reads it.
 */
export function createPrinter({ raw, json }: PrintOptions): (chunk: ChunkView) => void {
  const decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  return (chunk) => {
    if (json) {
      process.stdout.write(`${JSON.stringify(chunk)}\n`);
      return;
    }
    const { stream } = chunk;
    const bytes = bytesOf(chunk);
    process[stream].write(raw ? bytes : printable(decoders[stream].write(bytes)));
  };
}

/** Text of a script for a terminal; of a line that is overwritten in place every state becomes a line. */
export function printable(text: string): string {
  return escapeText(text.replaceAll(/\r\n?/g, '\n'));
}

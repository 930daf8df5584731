import type { ChunkView, OutputStream } from '../../../src/api/output.ts';

/** A line of output, or what stands in the place of something else. */
export type OutputRow = LineRow | GapRow | AttemptRow;

export interface LineRow {
  readonly kind: 'line';
  /** `12.345`: the piece, and the byte of it, at which the line begins. Links name it so. */
  readonly key: string;
  readonly sequence: number;
  readonly offset: number;
  readonly stream: OutputStream;
  readonly at: string;
  /** Without its line break. */
  readonly text: string;
  /** Colours that an earlier line has set and nobody has reset. */
  readonly colours: string;
  /** False: there is no line break at its end, or not yet. */
  readonly isWhole: boolean;
}

/** Pieces that were not kept. */
export interface GapRow {
  readonly kind: 'gap';
  readonly key: string;
}

/** What follows was written by another attempt. */
export interface AttemptRow {
  readonly kind: 'attempt';
  readonly key: string;
  readonly attempt: number;
}

type Open = { -readonly [Name in keyof LineRow]: LineRow[Name] };

const encoder = new TextEncoder();

/**
 * The lines of pieces that follow each other, each where its first byte came. Streams do not mix
 * within a line: what stderr says in between is a line of its own.
 * @param isOneStream only pieces of one stream are there: a gap in the count means nothing.
 */
export function rowsOf(chunks: readonly ChunkView[], isOneStream: boolean): readonly OutputRow[] {
  const rows: OutputRow[] = [];
  const open = new Map<OutputStream, Open>();
  const colours = new Map<OutputStream, string>();
  const decoders = new Map<OutputStream, TextDecoder>();
  let before: ChunkView | null = null;
  for (const chunk of chunks) {
    const { sequence, stream, attempt, at } = chunk;
    const isGap = before !== null && !isOneStream && sequence > before.sequence + 1;
    if (isGap || (before !== null && before.attempt !== attempt)) open.clear();
    if (isGap) rows.push({ kind: 'gap', key: `gap ${sequence}` });
    if (before?.attempt !== attempt && (before !== null || attempt > 1)) {
      rows.push({ kind: 'attempt', key: `attempt ${attempt} ${sequence}`, attempt });
    }
    before = chunk;
    let offset = 0;
    for (const part of partsOf(textOf(chunk, decoders))) {
      const isWhole = part.endsWith('\n');
      const text = isWhole ? part.slice(0, -1) : part;
      const begun = open.get(stream);
      if (begun === undefined) {
        const line: Open = {
          kind: 'line',
          key: `${sequence}.${offset}`,
          ...{ sequence, offset, stream, at, text, isWhole },
          colours: colours.get(stream) ?? '',
        };
        rows.push(line);
        if (!isWhole) open.set(stream, line);
      } else {
        begun.text += text;
        begun.isWhole = isWhole;
        if (isWhole) open.delete(stream);
      }
      colours.set(stream, coloursAfter(colours.get(stream) ?? '', text));
      offset += bytesOf(part);
    }
  }
  return rows;
}

/** With the line break of each. */
function partsOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

/** A character may be cut by the end of a piece: the rest of it is in the next one of its stream. */
function textOf(chunk: ChunkView, decoders: Map<OutputStream, TextDecoder>): string {
  const { stream, text, base64 } = chunk;
  const decoder = decoders.get(stream);
  if (base64 === undefined) {
    decoders.delete(stream);
    return (decoder?.decode() ?? '') + (text ?? '');
  }
  const used = decoder ?? new TextDecoder();
  decoders.set(stream, used);
  return used.decode(bytesOfBase64(base64), { stream: true });
}

function bytesOfBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0);
}

function bytesOf(text: string): number {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  return /^[\0-\x7f]*$/.test(text) ? text.length : encoder.encode(text).length;
}

/** Select Graphic Rendition (ECMA-48, 8.3.117). */
// oxlint-disable-next-line no-control-regex -- a sequence begins with ESC
const COLOUR = /\x1b\[([\d;:]*)m/g;
const MOST_COLOURS = 8;

function coloursAfter(before: string, text: string): string {
  if (!text.includes('\x1b')) return before;
  let set: string[] = before === '' ? [] : [before];
  for (const [sequence, codes = ''] of text.matchAll(COLOUR)) {
    set = /^0*$/.test(codes) ? [] : [...set, sequence].slice(-MOST_COLOURS);
  }
  return set.join('');
}

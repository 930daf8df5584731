import { toIso } from '../api/instant.ts';
import type { OutputOutline } from '../api/output.ts';
import type { OutputChunk } from '../record/output/chunk.ts';
import type { History } from '../record/history/history.ts';
import type { Run } from '../record/history/rows.ts';
import type { OutputPart } from '../record/history/select-output.ts';
import { findTellingLine, tellingLine } from '../report/telling-line.ts';

/** The error of a run is among the last 4 KiB of a stream; pieces before them may be short. */
const LAST_BYTES = 8 * 1024;

/** Behind every piece. */
const END = 2 ** 31 - 1;

/** What is kept of a run's output, what is not, and where its error stands. */
export async function outlineOutput(
  history: History,
  run: Run,
  part: OutputPart,
): Promise<OutputOutline> {
  const { parts, marks, gaps } = await history.outline(run.runId, part);
  return {
    over: run.finishedAt !== null,
    parts: [...parts],
    marks: marks.map((mark) => ({ ...mark, at: toIso(mark.at) })),
    gaps: [...gaps],
    omittedBytes: run.outputOmittedBytes,
    omittedWhy: run.outputOmittedWhy,
    error: run.error === null ? null : await findError(history, run.runId, run.error),
  };
}

async function findError(
  history: History,
  runId: string,
  error: string,
): Promise<OutputOutline['error']> {
  const line = tellingLine(error);
  for (const stream of ['stderr', 'stdout'] as const) {
    const pieces = await history.output(runId, { before: END, maxBytes: LAST_BYTES, stream });
    const place = placeIn(pieces, line);
    if (place !== null) return { ...place, line };
  }
  return null;
}

function placeIn(pieces: readonly OutputChunk[], line: string) {
  let left = findTellingLine(Buffer.concat(pieces.map(({ bytes }) => bytes)), line);
  if (left === null) return null;
  for (const { sequence, attempt, stream, bytes } of pieces) {
    if (left < bytes.length) return { sequence, offset: left, attempt, stream };
    left -= bytes.length;
  }
  return null;
}

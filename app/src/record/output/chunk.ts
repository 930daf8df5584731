import { parse, stringify } from 'uuid';
import type { EpochMs } from '@gitcron/base/clock';
import type { OutputStream } from '../../api/output.ts';

/** A piece of a run's output as it is kept: bytes of one stream that arrived together. */
export interface OutputChunk {
  readonly runId: string;
  /** Counts the pieces of a run over both streams, from 1; a gap is a piece that was left out. */
  readonly sequence: number;
  readonly attempt: number;
  readonly stream: OutputStream;
  /** When its first byte came. */
  readonly at: EpochMs;
  readonly bytes: Buffer;
}

const HEADER_BYTES = 16 + 4 + 4 + 1 + 8;

/** The chunk as a payload of the output journal. */
export function encodeChunk(chunk: OutputChunk): Buffer {
  const payload = Buffer.allocUnsafe(HEADER_BYTES + chunk.bytes.length);
  payload.set(parse(chunk.runId), 0);
  payload.writeUInt32LE(chunk.sequence, 16);
  payload.writeUInt32LE(chunk.attempt, 20);
  payload.writeUInt8(chunk.stream === 'stdout' ? 1 : 2, 24);
  payload.writeDoubleLE(chunk.at, 25);
  chunk.bytes.copy(payload, HEADER_BYTES);
  return payload;
}

/** Trusts the journal's checksum; `bytes` is a view of the payload. */
export function decodeChunk(payload: Buffer): OutputChunk {
  return {
    runId: stringify(payload.subarray(0, 16)),
    sequence: payload.readUInt32LE(16),
    attempt: payload.readUInt32LE(20),
    stream: payload.readUInt8(24) === 1 ? 'stdout' : 'stderr',
    at: payload.readDoubleLE(25),
    bytes: payload.subarray(HEADER_BYTES),
  };
}

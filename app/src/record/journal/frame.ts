import { crc32 } from 'node:zlib';

/**
 * A frame of the journal: length of the payload (32 bits, little endian), its CRC-32, the payload.
 * A reader can tell a frame that was cut off by a crash from one that is whole.
 */
export const FRAME_HEADER_BYTES = 8;

/** Nothing we write comes near it; a length beyond it is damage. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

export function encodeFrame(payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt32LE(crc32(payload), 4);
  payload.copy(frame, FRAME_HEADER_BYTES);
  return frame;
}

export interface DecodedFrames {
  readonly payloads: Buffer[];
  /** Bytes of `buffer` that whole frames take up. */
  readonly consumed: number;
  /** Why it stopped: at the end, inside a frame that goes on after `buffer`, or at damage. */
  readonly stopped: 'end' | 'incomplete' | 'damaged';
  /** When `incomplete`: the length of the whole frame, or of its header if even that is cut off. */
  readonly needed: number;
}

/** Reads the whole frames at the beginning of `buffer`; the payloads are views of it. */
export function decodeFrames(buffer: Buffer): DecodedFrames {
  const payloads: Buffer[] = [];
  let offset = 0;
  while (offset < buffer.length) {
    const rest = buffer.length - offset;
    if (rest < FRAME_HEADER_BYTES) {
      return { payloads, consumed: offset, stopped: 'incomplete', needed: FRAME_HEADER_BYTES };
    }
    const length = buffer.readUInt32LE(offset);
    const needed = FRAME_HEADER_BYTES + length;
    // A file that lost its last blocks in a power cut reads as zeros: that is no empty frame.
    if (length === 0 || length > MAX_PAYLOAD_BYTES) {
      return { payloads, consumed: offset, stopped: 'damaged', needed: 0 };
    }
    if (rest < needed) return { payloads, consumed: offset, stopped: 'incomplete', needed };
    const payload = buffer.subarray(offset + FRAME_HEADER_BYTES, offset + needed);
    if (crc32(payload) !== buffer.readUInt32LE(offset + 4)) {
      return { payloads, consumed: offset, stopped: 'damaged', needed: 0 };
    }
    payloads.push(payload);
    offset += needed;
  }
  return { payloads, consumed: offset, stopped: 'end', needed: 0 };
}

import { isUtf8 } from 'node:buffer';
import { toIso } from '../../api/instant.ts';
import type { ChunkView } from '../../api/output.ts';
import type { OutputChunk } from '../../record/output/chunk.ts';

export function viewChunk({ sequence, attempt, stream, at, bytes }: OutputChunk): ChunkView {
  const content = isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString('base64') };
  return { sequence, attempt, stream, at: toIso(at), ...content };
}

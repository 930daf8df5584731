import type { ChunkView } from '../../api/output.ts';

export function bytesOf({ text, base64 }: Pick<ChunkView, 'text' | 'base64'>): Buffer {
  return base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64');
}

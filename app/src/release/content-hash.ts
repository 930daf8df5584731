import { createHash } from 'node:crypto';

/** A file by its path in the repository, with its bytes. */
export interface FileContent {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** One line a file, as `sha256sum` writes it and `sha256sum --check` reads it. */
export function checksumLines(files: readonly FileContent[]): string {
  return files.map(({ path, bytes }) => `${sha256(bytes)}  ${path}\n`).join('');
}

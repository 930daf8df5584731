/** A full object name, SHA-1 or SHA-256 (gitformat-pack(5)). */
export const FULL_HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Which of the two a repository names its objects by; one never holds both (git-init(1), --object-format). */
export type ObjectFormat = 'sha1' | 'sha256';

/** @param hash a full one. */
export function objectFormat(hash: string): ObjectFormat {
  return hash.length === 64 ? 'sha256' : 'sha1';
}

import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, safe in URLs, headers and shells. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a secret. Comparing hashes tells nothing through its timing. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

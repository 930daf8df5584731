/** A full object name, SHA-1 or SHA-256 (gitformat-pack(5)). */
export const FULL_HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

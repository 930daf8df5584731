import { tellingLine } from '../telling-line.ts';

interface Failed {
  readonly status: string;
  readonly signal: string | null;
  readonly exitCode: number | null;
  readonly error: string | null;
}

/** What programs of all kinds write when something beside them is not well. For people only: nothing is decided by it. */
const SAYS: readonly (readonly [RegExp, string])[] = [
  [
    /\bECONNREFUSED\b|connection refused/i,
    'Its error says that a connection was refused: is what it connects to up?',
  ],
  [
    /\b(?:ENOTFOUND|EAI_AGAIN|EAI_NONAME)\b|could not resolve host|couldn't resolve host|could not translate host name|name or service not known|(?:temporary failure in )?name resolution|no such host/i,
    'Its error says that the name of a machine was not found (DNS).',
  ],
  [
    /\b(?:ENOSPC|EDQUOT)\b|no space left on device|disk quota exceeded|database or disk is full|could not extend file/i,
    'Its error says that a disk is full.',
  ],
  [
    /\b(?:28P01|ER_ACCESS_DENIED_ERROR)\b|password authentication failed|authentication failed|access denied for user|\b401 Unauthorized\b/i,
    'Its error says that a password, key or token was not accepted.',
  ],
  [
    /\bCERT_HAS_EXPIRED\b|certificate (?:has|is) expired|certificate verify failed|self.signed certificate/i,
    'Its error says that a certificate is not accepted; does it have to be renewed?',
  ],
  [
    /\b(?:ENOMEM|OutOfMemoryError|MemoryError)\b|out of memory|cannot allocate memory/i,
    'Its error says that there was not enough memory.',
  ],
  [
    /\b(?:ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_CONNECT_TIMEOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE)\b|network is unreachable|no route to host|connection reset|connection timed out/i,
    'Its error says that the network or the other side did not answer.',
  ],
  [
    /\b(?:EACCES|EPERM)\b|permission denied/i,
    'Its error says that something may not be read, written or done by it.',
  ],
];

/** Where to look when nothing of the job's own changed; null: nothing says. */
export function whereToLook({ status, signal, exitCode, error }: Failed): string | null {
  if (status !== 'failed') return null;
  if (signal === 'SIGKILL' || exitCode === 137) {
    return 'It was killed, as the kernel does when memory is short: look at the memory of the machine.';
  }
  const line = error === null ? '' : tellingLine(error);
  return SAYS.find(([says]) => says.test(line))?.[1] ?? null;
}

import type { FileContent } from '../content-hash.ts';
import { refuseMergeMarks, unreadLockfile } from './lockfile-error.ts';

/** What our pnpm reads: that of pnpm 9 and 10. */
const READABLE = /^9(\.|$)/;

/**
 * What pnpm refuses to read, as far as its first line tells: so that `check` says it before the push.
 *
 * @throws CodedError GITCRON_E_LOCKFILE
 */
export function refuseOtherPnpm(lockfile: FileContent): void {
  const { path, bytes } = lockfile;
  refuseMergeMarks(lockfile, 'pnpm install');
  const text = new TextDecoder('utf-8').decode(bytes);
  const version = /^lockfileVersion:\s*['"]?([\d.]+)/m.exec(text)?.[1];
  if (version !== undefined && READABLE.test(version)) return;
  throw unreadLockfile(
    path,
    version === undefined
      ? `${path} is no lockfile of pnpm.`
      : `${path} is of version ${version}, and Gitcron's pnpm reads version 9.0 only.`,
    `Make it again with pnpm 9 or 10 (npx pnpm@10 install), commit it, and push again.`,
  );
}

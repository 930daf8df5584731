import { CodedError } from '@gitcron/base/coded-error';
import type { FileContent } from '../content-hash.ts';

/** A lockfile that nothing here can read, so that other versions than it says would be installed. */
export function unreadLockfile(place: string, sentence: string, hint: string): CodedError {
  return new CodedError('GITCRON_E_LOCKFILE', sentence, { place, hint });
}

/** Several are said by name, and how many more there are. */
export function someOf(names: readonly string[]): string {
  const unique = [...new Set(names)];
  const left = unique.length - SHOWN;
  return unique.slice(0, SHOWN).join(', ') + (left > 0 ? ` and ${left} more` : '');
}

const SHOWN = 5;

/** @throws CodedError GITCRON_E_LOCKFILE for what git leaves where two branches changed a lockfile */
export function refuseMergeMarks({ path, bytes }: FileContent, install: string): void {
  if (!/^<{7} /m.test(Buffer.from(bytes).toString('utf8'))) return;
  throw unreadLockfile(
    path,
    `${path} holds the marks of a merge that was not finished.`,
    `Run ${install}, which resolves them, commit ${path}, and push again.`,
  );
}

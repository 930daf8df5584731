import { CodedError } from '@gitcron/base/coded-error';

/** A lockfile that nothing here can read, so that other versions than it says would be installed. */
export function unreadLockfile(place: string, sentence: string, hint: string): CodedError {
  return new CodedError('GITCRON_E_LOCKFILE', sentence, { place, hint });
}

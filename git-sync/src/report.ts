import { causesOf, type CodedError } from '@gitcron/base/coded-error';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { failureKey } from './same-failure.ts';
import type { SyncResult } from './sync-once.ts';

/** Failures that are told in full until all is well again: a cause that is never the same fills no disk. */
const TOLD_AT_MOST = 20;

/** Says what an operator wants to know, and says it once. */
export interface Reporter {
  succeeded(result: SyncResult, tookMs: number): void;
  /** @param nextMs when it is tried again; null when it is not. */
  failed(error: CodedError, nextMs: number | null): void;
}

export function createReporter(log: Logger): Reporter {
  let failures = 0;
  const told = new Set<string>();
  let failingSince = 0;

  return {
    succeeded(result, tookMs) {
      if (failures > 0) {
        log.info(`well again after ${count(failures)} in ${duration(Date.now() - failingSince)}`);
        failures = 0;
        told.clear();
      }
      if (result.change === 'published') {
        const { from, commit } = result;
        const { hash, subject, author } = commit;
        const before = from === null ? '' : `${from.slice(0, 7)} → `;
        log.info(
          { from, to: hash, subject, author, tookMs: Math.round(tookMs) },
          `published ${before}${hash.slice(0, 7)} “${subject}” by ${author} in ${duration(tookMs)}`,
        );
      }
    },
    failed(error, nextMs) {
      if (failures === 0) failingSince = Date.now();
      failures += 1;
      const { code, message } = error;
      const key = failureKey({ code, message, because: causesOf(error) });
      if (!told.has(key) && told.size < TOLD_AT_MOST) {
        told.add(key);
        const next = nextMs === null ? '' : `; next try in ${duration(nextMs)}`;
        log.error(errorFields(error), `the sync failed${next}`);
      } else if (Number.isInteger(Math.log2(failures))) {
        // At 2, 4, 8, 16 … failures: a night without network is a dozen lines.
        const since = duration(Date.now() - failingSince);
        log.warn({ code, failures }, `still failing: ${count(failures)} in ${since} [${code}]`);
      }
    },
  };
}

function count(failures: number): string {
  return failures === 1 ? '1 failure' : `${failures} failures`;
}

/** `0.4 s`, `12 s`, `5 min`, `3 h`. */
function duration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

import { toIso } from '../../api/instant.ts';
import type { RevisionView } from '../../api/revision.ts';
import type { RevisionHistory } from '../../record/history/revisions.ts';

export function viewRevision(known: RevisionHistory): RevisionView {
  const { rejection, syncMs, installMs, activationMs } = known;
  return {
    ...known,
    noticedAt: toIso(known.noticedAt),
    activatedAt: toIso(known.activatedAt),
    rejectedAt: toIso(known.rejectedAt),
    rejection: rejection && {
      ...rejection,
      place: rejection.place ?? null,
      hint: rejection.hint ?? null,
    },
    syncMs: rounded(syncMs),
    installMs: rounded(installMs),
    activationMs: rounded(activationMs),
  };
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}

/** What a new crontab changed, by slug. */
export interface ReloadSummary {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly kept: readonly string[];
}

/** Longer lists of names nobody reads. */
const NAMES = 10;

/** What a new crontab changed, in a sentence: `4 jobs scheduled: added hello, report; removed old.` */
export function reloadSentence({ added, removed, changed, kept }: ReloadSummary): string {
  const count = added.length + changed.length + kept.length;
  const parts = [part('added', added), part('changed', changed), part('removed', removed)].filter(
    (text) => text !== null,
  );
  const jobs = count === 1 ? '1 job is' : `${count} jobs are`;
  return parts.length === 0
    ? `${jobs} scheduled, none of them changed.`
    : `${jobs} scheduled: ${parts.join('; ')}.`;
}

function part(verb: string, slugs: readonly string[]): string | null {
  if (slugs.length === 0) return null;
  const more = slugs.length > NAMES ? ` and ${slugs.length - NAMES} more` : '';
  return `${verb} ${slugs.slice(0, NAMES).join(', ')}${more}`;
}

import type { RollbackPreview } from '../../api/release-diff.ts';

/** `3 jobs change, 1 disappears, its dependencies are there, 2 runs go on in the release they began in.` */
export function sayPreview(preview: Omit<RollbackPreview, 'sentence'>): string {
  const { from, to, jobs, dependenciesThere, runsGoingOn } = preview;
  if (from?.revision === to.revision) return 'This release is current: nothing would change.';
  const [changed, removed, added] = [jobs.changed.length, jobs.removed.length, jobs.added.length];
  const ofJobs = [
    changed > 0 && verb(changed, 'changes', 'change'),
    removed > 0 && verb(removed, 'disappears', 'disappear'),
    added > 0 && verb(added, 'is added', 'are added'),
  ].filter((part) => part !== false);
  const [first, ...rest] = ofJobs;
  const parts = [
    first === undefined ? 'No job changes' : first.replace(/^(\d+)/, (n) => `${n} ${jobWord(n)}`),
    ...rest,
    dependenciesThere ? 'its dependencies are there' : 'its dependencies are installed first',
    runsGoingOn.length === 0
      ? 'no run is under way'
      : `${runsGoingOn.length === 1 ? '1 run goes on in the release it' : `${runsGoingOn.length} runs go on in the release they`} began in`,
  ];
  return `${parts.join(', ')}.`;
}

function jobWord(count: string): string {
  return count === '1' ? 'job' : 'jobs';
}

function verb(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}

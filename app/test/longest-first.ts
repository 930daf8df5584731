import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take longest, however fast the machine: they wait for clocks, installs and kills. */
const LONGEST = [
  'cli/commands',
  'record/outage',
  'local/up',
  'release/company-network',
  'release/registry-moods',
  'git-sync/test/clones',
  'git-sync/test/readers',
  'release/killed-supervisor',
  'record/kill',
  'release/lockfiles',
  'release/dependency-managers',
  'http/access-damaged',
  'cli/rollback',
  'git-sync/test/disk-full',
  'git-sync/test/ssh-remote',
  'run/fork-bomb',
  'release/yarn-classic',
  'release/rejected-revision',
  'git-sync/test/program',
  'http/log-in-limit',
  'secrets/find-secrets',
  'local/demo-history',
  'local/change-of-repository',
  'record/database',
  'cli/broken-stdout',
  'schedule/suspended',
];

function rankOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((name) => moduleId.endsWith(`${name}.test.ts`));
  return place === -1 ? LONGEST.length : place;
}

/** What takes longest begins first, so that nothing long is left over at the end for one worker. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- not an array's: vitest's own order
    const inItsOrder = await super.sort(files);
    return inItsOrder.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take longest, however fast the machine: they wait for clocks, installs and kills. */
const LONGEST = [
  'local/up',
  'release/dependency-managers',
  'cli/commands',
  'record/outage',
  'http/access-damaged',
  'cli/rollback',
  'schedule/suspended',
  'release/lockfiles',
  'release/killed-supervisor',
  'http/log-in-limit',
  'cli/broken-stdout',
  'release/given-up',
  'record/database',
  'git-sync/test/clones',
  'git-sync/test/program',
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

import { CodedError } from '@gitcron/base/coded-error';
import { createHash } from 'node:crypto';
import type { Logger } from '@gitcron/base/log';
import { systemClock, type EpochMs } from '@gitcron/base/clock';
import type { RecordedEvent, ReleaseName } from '../../app/src/events.ts';
import { firstOf, PLAN_LIMITS, type InstalledPackage } from '../../app/src/api/plan.ts';
import { describeJobs } from '../../app/src/record/describe-jobs.ts';
import { createRecorder } from '../../app/src/record/recorder.ts';
import { readJobs } from '../../app/src/schedule/crontab/read-jobs.ts';
import type { Job } from '../../app/src/schedule/job.ts';
import { planJobs } from '../../app/src/schedule/plan-jobs.ts';
import { inventLife, type DueRun } from './invent-life.ts';
import { createChance } from './random.ts';
import type { MadeCommit } from './repository.ts';
import { deedsOf, followersOf, instantsOf, slotsOf } from './slots.ts';

const DAY_MS = 86_400_000;
const MEBIBYTE = 1024 * 1024;

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The supervisor's life from a start to an end. */
export interface Life {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly end: 'stopped' | 'killed' | 'none';
}

/**
 * A power cut of a night, announced, for which `@catchup` makes up; and a kill in the middle of a run,
 * which is lost by it.
 */
function livesOf({ today, now, commits }: InventOptions): readonly Life[] {
  const jobs = jobsOf(commits[0]?.files ?? new Map());
  const catalogues = jobs.find(({ slug }) => slug === 'supplier-catalogues');
  const [night = today] = catalogues ? instantsOf(catalogues, today - 5 * DAY_MS, today) : [];
  const killed = night + 7 * MINUTE_MS;
  const cut = today - 11 * DAY_MS;
  return [
    { from: today - 30 * DAY_MS, to: cut - HOUR_MS, end: 'stopped' },
    { from: cut + 5 * HOUR_MS + 40 * MINUTE_MS, to: killed, end: 'killed' },
    { from: killed + MINUTE_MS, to: now, end: 'none' },
  ];
}

/** How long the database may take for what waits in the journal. */
const SHIP_MS = 60_000;

export interface InventOptions {
  readonly stateDir: string;
  readonly databaseUrl: string;
  readonly logger: Logger;
  readonly commits: readonly MadeCommit[];
  /** Midnight of today: what is told by days ago counts from here. */
  readonly today: EpochMs;
  readonly now: EpochMs;
  readonly seed: number;
}

/**
 * Thirty days of a house's life, told to the recorder as the rooms would have told them: what is
 * found afterwards went through the journal, the shipping and the database.
 * @returns how many runs there are.
 */
export async function inventHistory(options: InventOptions): Promise<number> {
  const { commits, today } = options;
  const chance = createChance(options.seed);
  let runs = 0;
  let current: Release | null = null;
  let downSince: EpochMs | null = null;
  for (const { from, to, end: lifesEnd } of livesOf(options)) {
    let time = from;
    const recorder = createRecorder({
      ...options,
      clock: { ...systemClock, now: () => time },
      host: 'cellar',
      journalLimitBytes: 512 * MEBIBYTE,
      outputLimitBytes: 2 * MEBIBYTE,
    });
    const record = (event: RecordedEvent): void => recorder.record(event);
    recorder.start();
    if (current !== null) tellActive(current, from, 'start', record);
    const busyUntil = new Map<string, { readonly at: EpochMs; readonly runId: string }>();
    const arrivals = commits.filter(({ at }) => at >= from && at < to);
    let begin = from;
    for (const commit of [...arrivals, null]) {
      const end = commit === null ? to : commit.at + 3000;
      if (current !== null) {
        const due: DueRun[] = [
          ...slotsOf(current.jobs, begin, end, begin === from ? downSince : null),
          ...deedsOf(current.jobs, begin, end, today),
        ].toSorted((a, b) => a.at - b.at);
        const { name, jobs } = current;
        const play = (one: DueRun): void => {
          const span = { until: to, end: lifesEnd, today };
          const told = inventLife(one, name, span, busyUntil, chance, record);
          runs += told.runs;
          if (told.end !== null && told.end.at < to) followersOf(jobs, told.end).forEach(play);
        };
        for (const one of due) {
          time = one.at;
          play(one);
        }
      }
      if (commit !== null) {
        time = end;
        current = arrive(commit, current, record) ?? current;
      }
      begin = end;
      await recorder.shipNow();
    }
    time = to;
    downSince = to;
    await recorder.stop(SHIP_MS);
  }
  return runs;
}

interface Release {
  readonly name: ReleaseName;
  readonly jobs: readonly Job[];
  readonly packages: readonly InstalledPackage[];
}

/** A commit is noticed, and becomes a release, or is rejected with what its crontab's reader says. */
function arrive(
  commit: MadeCommit,
  before: Release | null,
  record: (event: RecordedEvent) => void,
): Release | null {
  const { revision, subject, author, at, files, changes } = commit;
  record({
    type: 'sync_published',
    at: at + 800,
    revision,
    previous: changes?.from ?? null,
    durationMs: 640,
  });
  record({ type: 'revision_noticed', at: at + 900, revision });
  let jobs: readonly Job[];
  try {
    jobs = jobsOf(files);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const code = 'GITCRON_E_CRONTAB';
    const { place = null, hint = null } = error instanceof CodedError ? error : {};
    const rejected = { revision, code, reason, place, hint, output: [], willRetry: false };
    record({ type: 'revision_rejected', at: at + 1100, ...rejected });
    return null;
  }
  const lockfile = files.get('package-lock.json') ?? '';
  const dependencyHash = createHash('sha256').update(lockfile).digest('hex');
  const name = { revision, subject, author, dependencyHash };
  if (dependencyHash !== before?.name.dependencyHash)
    record({
      type: 'dependencies_installed',
      at: at + 2800,
      revision,
      dependencyHash,
      durationMs: 1700,
    });
  const [, version] = /"node_modules\/csv-parse": \{\s+"version": "([^"]+)"/.exec(lockfile) ?? [];
  const packages: InstalledPackage[] =
    version === undefined ? [] : [{ language: 'node', name: 'csv-parse', versions: [version] }];
  const release = { name, jobs, packages };
  tellActive(release, at + 2900, 'new revision', record);
  if (changes !== null) record({ type: 'changes_learned', at: at + 3400, revision, changes });
  return release;
}

/** @throws CodedError as for every crontab with a mistake. */
function jobsOf(files: ReadonlyMap<string, string>): readonly Job[] {
  const crontab = Buffer.from(files.get('app/crontab.txt') ?? '');
  const place = { file: 'app/crontab.txt', defaultZone: 'UTC' };
  return readJobs(crontab, place, 'Mend it and push again.').jobs;
}

function tellActive(
  { name, jobs, packages }: Release,
  at: EpochMs,
  reason: 'new revision' | 'start',
  record: (event: RecordedEvent) => void,
): void {
  const { revision } = name;
  record({ type: 'release_activated', at, release: name, reason });
  record({
    type: 'schedule_replaced',
    at: at + 5,
    source: 'repository',
    revision,
    jobs: describeJobs(jobs),
  });
  record({
    type: 'release_planned',
    at: at + 20,
    revision,
    jobs: firstOf(planJobs(jobs), PLAN_LIMITS.jobs),
    packages: firstOf(packages, PLAN_LIMITS.packages),
  });
}

import { mkdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { PublishedCommit } from '../../src/revisions.ts';
import { readSettings } from '../../src/settings.ts';
import { startSync, type LookOutcome, type Sync } from '../../src/start-sync.ts';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly error?: string;
  readonly code?: string;
}

/** A sync under test in this process, which looks at its remote only when it is told to. */
export interface TestSync extends Sync {
  readonly root: string;
  /** The outcome of the look at the start. */
  readonly first: Promise<LookOutcome>;
  readonly lines: readonly LogLine[];
  readonly published: readonly PublishedCommit[];
  /** The hash behind `current`. */
  current(): Promise<string>;
  /** A published file's content. */
  read(path: string): Promise<string>;
}

export async function startTestSync(
  root: string,
  environment: Readonly<Record<string, string>>,
): Promise<TestSync> {
  await mkdir(root, { recursive: true });
  const lines: LogLine[] = [];
  const published: PublishedCommit[] = [];
  const logger = pino(
    { level: 'debug' },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  const { sync: settings } = readSettings({
    GIT_SYNC_ROOT: root,
    GIT_SYNC_WAIT: '3600',
    GIT_SYNC_HEALTH_SEC: '7200',
    ...environment,
  });
  let tellFirst: (outcome: LookOutcome) => void;
  const first = new Promise<LookOutcome>((resolve) => {
    tellFirst = resolve;
  });
  const sync = startSync({
    settings,
    logger,
    onOutcome(outcome) {
      if (outcome.ok && outcome.result.change === 'published')
        published.push(outcome.result.commit);
      tellFirst(outcome);
    },
  });
  onTestFinished(() => sync.stop());
  return {
    ...sync,
    root,
    first,
    lines,
    published,
    current: async () => basename(await readlink(join(root, 'current'))),
    read: (path) => readFile(join(root, 'current', path), 'utf8'),
  };
}

/** The hash a look published, or its error: one value to compare with. */
export function told(outcome: LookOutcome): string {
  if (!outcome.ok) return outcome.error.code;
  return outcome.result.change === 'none' ? 'none' : outcome.result.commit.hash;
}

import { z } from 'zod';
import { createBeside } from '@gitcron/base/beside';
import type { EpochMs } from '@gitcron/base/clock';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { predecessor, type Predecessor } from '../../events/run-description.ts';
import { AppendLog, readAppendLog } from '../../state/append-log.ts';

const openRun = z.object({ open: z.string(), job: z.string() });

const notedEnd = z.object({ at: z.number(), due: z.array(z.string()), end: predecessor });

/** A run that has ended. */
export interface NotedEnd {
  readonly at: EpochMs;
  /** The jobs that are still to follow it. */
  readonly due: ReadonlySet<string>;
  readonly end: Predecessor;
}

/** That job follows that run, or never will; null: nothing follows it. */
const settlement = z.object({ runId: z.string(), job: z.string().nullable() });
export type Settlement = Readonly<z.output<typeof settlement>>;

const settled = z.object({ settled: z.array(settlement) });

const line = z.union([openRun, notedEnd, settled]);
type Line = z.output<typeof line>;

/** What a successor has to know of runs that others follow. */
export interface FollowNotes {
  /** Runs of which no end is noted, by their ids: when this was opened, of a predecessor. */
  readonly open: ReadonlyMap<string, string>;
  /** Ends, by the ids of their runs, until they are settled. */
  readonly ends: ReadonlyMap<string, NotedEnd>;
  begin(runId: string, job: string): void;
  end(noted: NotedEnd): void;
  settle(settlements: readonly Settlement[]): void;
  close(): void;
}

/**
 * Notes are written ahead: that a run has begun that others follow, before it begins; how it ended,
 * before anybody is told; that a run which follows it begins, before that is let go.
 */
export function openFollowNotes(file: string, logger: Logger): FollowNotes {
  const open = new Map<string, string>();
  const ends = new Map<string, NotedEnd & { readonly due: Set<string> }>();
  const log = new AppendLog<Line>(file);
  const writing = createBeside(logger, {
    code: 'GITCRON_E_FOLLOW_NOTES',
    sentence: 'What is to follow ended runs cannot be noted: a kill now would lose it.',
    place: file,
    hint: 'Free disk space on the state volume, or see why it cannot be written.',
  });

  function apply(said: Line): void {
    if ('open' in said) open.set(said.open, said.job);
    else if ('end' in said) {
      open.delete(said.end.runId);
      ends.set(said.end.runId, { ...said, due: new Set(said.due) });
    } else {
      for (const each of said.settled) settle(each);
    }
  }

  function settle({ runId, job }: Settlement): void {
    open.delete(runId);
    const noted = ends.get(runId);
    if (noted === undefined) return;
    if (job !== null) noted.due.delete(job);
    if (job === null || noted.due.size === 0) ends.delete(runId);
  }

  function* live(): Iterable<Line> {
    for (const [runId, job] of open) yield { open: runId, job };
    for (const { due, ...noted } of ends.values()) yield { ...noted, due: [...due] };
  }

  function write(said: Line): void {
    apply(said);
    writing.now(() => log.append(said, { size: open.size + ends.size, lines: live }));
  }

  readAppendLog(
    file,
    (said) => apply(line.parse(said)),
    (error) =>
      logger.warn(
        errorFields(error),
        `Cannot read all of ${file}: what was to follow some runs is not known.`,
      ),
  );

  return {
    open,
    ends,
    begin: (runId, job) => write({ open: runId, job }),
    end: ({ due, ...noted }) => write({ ...noted, due: [...due] }),
    settle(settlements) {
      if (settlements.length > 0) write({ settled: [...settlements] });
    },
    close: () => void writing.now(() => log.close()),
  };
}

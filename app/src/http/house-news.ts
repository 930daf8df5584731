import type { z } from 'zod';
import { createBeside } from '@gitcron/base/beside';
import type { Logger } from '@gitcron/base/log';
import type { houseEvents, HouseEventName } from '../api/stream.ts';
import type { RecordedEvent } from '../events.ts';
import { NewsBuffer } from './news-buffer.ts';
import type { Rooms } from './rooms.ts';
import { findNeeds } from './status.ts';
import { viewSummary } from './views/run.ts';

/** What changed within so long is told at once: a crowd of runs is one look at each. */
const GATHER_MS = 100;

/** What needs somebody changes by time alone, too. It asks the database. */
const LOOK_AT_NEEDS_MS = 2000;

/** So long after the last follower has left, news are kept for them. */
const REMEMBER_MS = 600_000;

/** What happens in the house, for those who look on; nothing is made of it while nobody does. */
export interface HouseNews {
  readonly buffer: NewsBuffer;
  observe(event: RecordedEvent): void;
  attach(rooms: Rooms): void;
  /** @returns ends it. */
  follow(onNews: () => void): () => void;
  close(): void;
}

export function createHouseNews(logger: Logger): HouseNews {
  const buffer = new NewsBuffer();
  const followers = new Set<() => void>();
  const runs = new Set<string>();
  const others = new Map<string, () => void>();
  const beside = createBeside(logger, {
    code: 'GITCRON_E_NEWS',
    sentence: 'What needs somebody could not be told to those who look on.',
    hint: 'It is tried again in two seconds. gitcron status says it.',
  });
  let rooms: Rooms | null = null;
  let followedAt = Number.NEGATIVE_INFINITY;
  let gathering: NodeJS.Timeout | null = null;
  let looking: NodeJS.Timeout | null = null;
  let needsTold = '';

  function add<Name extends HouseEventName>(
    name: Name,
    data: z.input<(typeof houseEvents)[Name]>,
  ): void {
    buffer.add(name, JSON.stringify(data), performance.now());
  }

  function isWanted(): boolean {
    return followers.size > 0 || performance.now() - followedAt < REMEMBER_MS;
  }

  function tell(): void {
    gathering = null;
    for (const runId of runs) {
      const run = rooms?.board.get(runId) ?? null;
      if (run !== null) add('run', viewSummary(run));
    }
    for (const addOther of others.values()) addOther();
    runs.clear();
    others.clear();
    for (const onNews of followers) onNews();
  }

  function note(event: RecordedEvent): void {
    switch (event.type) {
      case 'run_queued':
        runs.add(event.run.runId);
        break;
      case 'attempt_started':
      case 'attempt_finished':
      case 'run_finished':
        runs.add(event.runId);
        break;
      case 'job_switched':
      case 'failure_acknowledged':
        others.set(`job ${event.job}`, () => add('job', { slug: event.job }));
        break;
      case 'schedule_replaced':
        others.set('jobs', () => add('jobs', {}));
        break;
      case 'release_activated':
        noteRelease(event.release.revision);
        break;
      case 'revision_noticed':
      case 'revision_rejected':
        noteRelease(event.revision);
        break;
      case 'cancel_requested':
      case 'rolled_back':
        // What comes of it is told by itself.
        break;
      case 'dependencies_installed':
      case 'release_planned':
      case 'changes_learned':
      case 'sync_published':
      case 'sync_failed':
      case 'token_created':
      case 'token_revoked':
      case 'logged_in':
      case 'logged_out':
      case 'session_ended':
      case 'history_cleaned':
      case 'slots_timed':
      case 'slots_watched':
      case 'slots_given_up':
      case 'clock_set_back':
      case 'output':
        break;
    }
  }

  function noteRelease(revision: string): void {
    others.set(`release ${revision}`, () => add('release', { revision }));
  }

  async function lookAtNeeds(): Promise<void> {
    if (rooms === null || followers.size === 0) return;
    const needs = await findNeeds(rooms);
    const told = JSON.stringify(needs);
    if (told === needsTold) return;
    needsTold = told;
    add('needs', { needs });
    for (const onNews of followers) onNews();
  }

  return {
    buffer,
    attach(house) {
      rooms = house;
    },
    observe(event) {
      // Pieces of output come by the thousand, and to who asked for them.
      if (event.type === 'output') return;
      if (!isWanted()) {
        buffer.skip();
        return;
      }
      note(event);
      gathering ??= setTimeout(tell, GATHER_MS).unref();
    },
    follow(onNews) {
      followers.add(onNews);
      looking ??= setInterval(() => void beside.soon(lookAtNeeds), LOOK_AT_NEEDS_MS).unref();
      return () => {
        followers.delete(onNews);
        followedAt = performance.now();
        if (followers.size > 0 || looking === null) return;
        clearInterval(looking);
        looking = null;
        needsTold = '';
      };
    },
    close() {
      if (gathering !== null) clearTimeout(gathering);
      if (looking !== null) clearInterval(looking);
    },
  };
}

import { v7 as newUuid } from 'uuid';
import { describe, expect, it } from 'vitest';
import { maskEvent, type RecordedEvent, type ReleaseName } from '../../src/events.ts';
import { createMask } from '@gitcron/base/secrets/mask';
import {
  attemptEvent,
  describeRun,
  finishedEvent,
  outcome,
  RELEASE,
  startedEvent,
} from '../record/events.ts';

const SECRET = 'correct-horse';
const PIN = '48151623';
const { text: maskText } = createMask([SECRET, PIN, 'nasty-one']);

const at = Date.now();
const runId = newUuid();
const revision = RELEASE.revision;
const release: ReleaseName = { ...RELEASE, subject: `Use ${SECRET}`, author: SECRET };
const job = {
  slug: 'job',
  description: `Logs in with ${SECRET}.`,
  command: `curl -u me:${SECRET} https://example.org`,
  schedule: '@manual',
  zone: null,
  disabled: false,
  line: 1,
};
const planned = {
  ...job,
  title: SECRET,
  section: SECRET,
  environment: { [SECRET]: SECRET },
  settings: { lock: SECRET },
  params: [{ name: 'key', required: false, default: SECRET, description: SECRET }],
};
const run = describeRun({
  runId,
  release,
  command: job.command,
  params: { token: SECRET, [SECRET]: [{ deep: `a ${SECRET}` }] },
});
const end = outcome({ reason: `${SECRET} failed`, result: SECRET, error: SECRET });

const asked = { ...run, requestedBy: `token ${SECRET}` };
const ofToken = { by: SECRET, tokenId: '1', name: SECRET };

/** Of each kind one that has a secret wherever a text of somebody's may stand. */
const EVENTS: {
  readonly [Type in Exclude<RecordedEvent['type'], 'output'>]: Extract<
    RecordedEvent,
    { type: Type }
  >;
} = {
  run_queued: { type: 'run_queued', at, run: asked },
  attempt_started: startedEvent(asked),
  attempt_finished: attemptEvent(asked, { outcome: end }),
  run_finished: finishedEvent(asked, { outcome: end }),
  revision_noticed: { type: 'revision_noticed', at, revision },
  dependencies_installed: {
    type: 'dependencies_installed',
    at,
    revision,
    dependencyHash: 'd',
    durationMs: 1,
  },
  release_activated: { type: 'release_activated', at, release, reason: 'start' },
  revision_rejected: {
    type: 'revision_rejected',
    at,
    revision,
    code: 'E',
    reason: SECRET,
    place: SECRET,
    hint: SECRET,
    output: [SECRET],
    willRetry: false,
  },
  release_planned: {
    type: 'release_planned',
    at,
    revision,
    jobs: { total: 1, items: [planned] },
    packages: { total: 0, items: [] },
  },
  changes_learned: {
    type: 'changes_learned',
    at,
    revision,
    changes: {
      from: revision,
      added: 1,
      modified: 0,
      deleted: 0,
      files: { total: 1, items: [{ path: `keys/${SECRET}`, change: 'added' }] },
      commits: {
        total: 1,
        items: [{ hash: revision, subject: SECRET, author: SECRET, committedAt: '' }],
      },
    },
  },
  schedule_replaced: { type: 'schedule_replaced', source: 'repository', at, revision, jobs: [job] },
  slots_timed: { type: 'slots_timed', source: 'repository', at, revision, from: at, timings: [] },
  slots_watched: { type: 'slots_watched', at, since: at, until: at },
  slots_given_up: { type: 'slots_given_up', at, cause: 'clock', until: at, jobs: [] },
  sync_published: { type: 'sync_published', at, revision, previous: null, durationMs: 1 },
  sync_failed: { type: 'sync_failed', at, code: 'E', reason: SECRET },
  job_switched: { type: 'job_switched', at, by: SECRET, job: 'job', enabled: null },
  failure_acknowledged: { type: 'failure_acknowledged', at, by: SECRET, job: 'job', runId },
  cancel_requested: { type: 'cancel_requested', at, by: SECRET, job: 'job', runId },
  rolled_back: { type: 'rolled_back', at, by: SECRET, revision },
  token_created: { type: 'token_created', at, ...ofToken, scopes: ['read'] },
  token_revoked: { type: 'token_revoked', at, ...ofToken },
  logged_in: { type: 'logged_in', at, by: SECRET, from: '127.0.0.1' },
  logged_out: { type: 'logged_out', at, by: SECRET },
  session_ended: { type: 'session_ended', at, by: SECRET, sessionId: 'x', name: SECRET },
  history_cleaned: { type: 'history_cleaned', at, by: SECRET, runs: 0, outputs: 0, bytes: 0 },
  clock_set_back: { type: 'clock_set_back', at },
};

describe('an event', () => {
  it.each(Object.values(EVENTS))('$type is kept without secrets', (event) => {
    const masked = maskEvent(event, maskText);
    expect(JSON.stringify(masked)).not.toContain(SECRET);
    expect(masked.type).toBe(event.type);
  });
});

function maskedParams(params: Record<string, unknown>) {
  const event = maskEvent({ type: 'run_queued', at, run: describeRun({ params }) }, maskText);
  return event.type === 'run_queued' ? event.run.params : null;
}

describe('parameters', () => {
  it('may hold a secret as a number, and stay what JSON can hold', () => {
    expect(maskedParams({ pin: Number(PIN), other: 7 })).toEqual({ pin: '***', other: 7 });
  });

  it('are masked value by value, not in the midst of an escape of their JSON', () => {
    // As JSON it has the letters \nasty-one.
    expect(maskedParams({ text: '\nasty-one' })).toEqual({ text: '\nasty-one' });
  });

  it('without secrets stay as they are', () => {
    const params = { text: 'é', list: [1, null, true, { deep: 'x' }] };
    expect(maskedParams(params)).toEqual(params);
  });
});

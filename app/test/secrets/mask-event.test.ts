import { v7 as newUuid } from 'uuid';
import { describe, expect, it } from 'vitest';
import { maskEvent, type RecordedEvent, type ReleaseName } from '../../src/events.ts';
import { createMask } from '@gitcron/base/secrets/mask';
import { describeRun, lifeOf, outcome, RELEASE } from '../record/events.ts';

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
const run = describeRun({
  runId,
  release,
  command: job.command,
  params: { token: SECRET, [SECRET]: [{ deep: `a ${SECRET}` }] },
});
const end = outcome({ reason: `${SECRET} failed`, result: SECRET, error: SECRET });

describe('an event', () => {
  const events: RecordedEvent[] = [
    ...lifeOf(run, '', end).filter(({ type }) => type !== 'output'),
    { type: 'release_activated', at, release, reason: 'start' },
    { type: 'revision_rejected', at, revision, code: 'E', reason: SECRET, willRetry: false },
    { type: 'schedule_replaced', source: 'repository', at, revision, jobs: [job] },
    { type: 'sync_failed', at, code: 'E', reason: SECRET },
  ];
  it.each(events)('$type is kept without secrets', (event) => {
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

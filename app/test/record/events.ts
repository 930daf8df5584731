import { v7 as newUuid } from 'uuid';
import { identityOf } from '../../src/events/run-description.ts';
import type { Outcome, RecordedEvent, ReleaseName, RunDescription } from '../../src/events.ts';

type RunFinished = Extract<RecordedEvent, { type: 'run_finished' }>;

export const RELEASE: ReleaseName = {
  revision: 'a'.repeat(40),
  subject: 'Add the nightly report',
  author: 'Ada <ada@example.org>',
  dependencyHash: 'd'.repeat(64),
};

export function describeRun(changes: Partial<RunDescription> = {}): RunDescription {
  return {
    runId: newUuid(),
    job: 'nightly-report',
    command: 'node app/scripts/report.ts',
    trigger: 'schedule',
    requestedBy: null,
    params: null,
    scheduledAt: Date.UTC(2026, 10, 21, 2),
    release: RELEASE,
    ...changes,
  };
}

export function outcome(changes: Partial<Outcome> = {}): Outcome {
  return {
    status: 'succeeded',
    exitCode: 0,
    signal: null,
    durationMs: 1234,
    reason: 'It ended with exit code 0.',
    result: null,
    error: null,
    ...changes,
  };
}

/** The end of a run of one attempt. */
export function finishedEvent(
  run: RunDescription,
  end: { readonly at?: number; readonly outcome?: Outcome; readonly attempts?: number } = {},
): RunFinished {
  const { at = Date.now(), attempts = 1, outcome: ended = outcome() } = end;
  return { type: 'run_finished', at, ...identityOf(run), attempts, outcome: ended };
}

/** The life of a run of one attempt that wrote `output`. */
export function lifeOf(
  run: RunDescription,
  output: string | Buffer = 'hello\n',
  end: Outcome = outcome(),
): RecordedEvent[] {
  const at = Date.now();
  const { runId } = run;
  return [
    { type: 'run_queued', at, run },
    { type: 'attempt_started', at, runId, attempt: 1, pid: 4711 },
    { type: 'output', at, runId, attempt: 1, stream: 'stdout', bytes: Buffer.from(output) },
    { type: 'attempt_finished', at, runId, attempt: 1, outcome: end },
    finishedEvent(run, { at, outcome: end }),
  ];
}

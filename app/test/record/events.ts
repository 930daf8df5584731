import { v7 as newUuid } from 'uuid';
import { identityOf } from '../../src/events/run-description.ts';
import type { Outcome, RecordedEvent, ReleaseName, RunDescription } from '../../src/events.ts';

type EventOf<Type> = Extract<RecordedEvent, { type: Type }>;

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

/** The start of an attempt. */
export function startedEvent(
  run: RunDescription,
  start: { readonly at?: number; readonly attempt?: number; readonly pid?: number } = {},
): EventOf<'attempt_started'> {
  const { at = Date.now(), attempt = 1, pid = 4711 } = start;
  return { type: 'attempt_started', at, ...identityOf(run), attempt, attempts: attempt, pid };
}

/** The end of an attempt. */
export function attemptEvent(
  { runId, job }: RunDescription,
  end: { readonly at?: number; readonly attempt?: number; readonly outcome?: Outcome } = {},
): EventOf<'attempt_finished'> {
  const { at = Date.now(), attempt = 1, outcome: ended = outcome() } = end;
  return { type: 'attempt_finished', at, runId, job, attempt, outcome: ended, nextInMs: null };
}

/** The end of a run of one attempt. */
export function finishedEvent(
  run: RunDescription,
  end: { readonly at?: number; readonly outcome?: Outcome; readonly attempts?: number } = {},
): EventOf<'run_finished'> {
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
    startedEvent(run, { at }),
    { type: 'output', at, runId, attempt: 1, stream: 'stdout', bytes: Buffer.from(output) },
    attemptEvent(run, { at, outcome: end }),
    finishedEvent(run, { at, outcome: end }),
  ];
}

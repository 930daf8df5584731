import prettyMs from 'pretty-ms';
import type { Logger } from '@gitcron/base/log';
import type { Trigger } from '../api/run.ts';
import type { Outcome, RecordedEvent } from '../events.ts';
import type { Observer } from '../events/tell-observers.ts';
import { shortRevision } from '../sync/revision.ts';
import { fieldsOf, nameOf, type Named } from './run-log.ts';

type EventOf<Type> = Extract<RecordedEvent, { readonly type: Type }>;

/** Tells the log what becomes of runs, a line each. */
export function logRuns(parent: Logger): Observer<RecordedEvent> {
  const logger = parent.child({ room: 'run' });

  function started(run: EventOf<'attempt_started'>): void {
    const { trigger, requestedBy, after, attempt, attempts } = run;
    const release = run.release === null ? '' : `, release ${shortRevision(run.release.revision)}`;
    const by = requestedBy === null ? '' : ` by ${requestedBy}`;
    const follows = after === undefined ? '' : followsText(trigger, after);
    const count = attempts === 1 ? '' : `, attempt ${attempt} of ${attempts}`;
    logger.info(
      { ...fieldsOf(run), attempt, ...(after && { after: after.runId }) },
      `${nameOf(run)} started (${trigger}${by}${follows}${release}${count})`,
    );
  }

  function retrying(run: EventOf<'attempt_finished'>): void {
    const { outcome, attempt, nextInMs } = run;
    if (nextInMs === null) return;
    logger.warn(
      { ...fieldsOf(run), ...outcomeFields(outcome) },
      `${nameOf(run)} attempt ${attempt} ${statusText(outcome)} after ${prettyMs(outcome.durationMs)}; next attempt in ${prettyMs(nextInMs)}. ${outcome.reason}`,
    );
  }

  function finished(run: EventOf<'run_finished'>): void {
    const { outcome } = run;
    const took = outcome.status === 'skipped' ? '' : ` after ${prettyMs(outcome.durationMs)}`;
    logger[levelOf(outcome)](
      { ...fieldsOf(run), ...outcomeFields(outcome) },
      `${nameOf(run)} ${statusText(outcome)}${took}. ${outcome.reason}`,
    );
  }

  return {
    name: 'log',
    observe(event) {
      if (event.type === 'attempt_started') started(event);
      else if (event.type === 'attempt_finished') retrying(event);
      else if (event.type === 'run_finished') finished(event);
    },
  };
}

/** `after extract#16eb7474`, also where it is made up for. */
function followsText(trigger: Trigger, after: Named): string {
  return trigger === 'after' ? ` ${nameOf(after)}` : `, after ${nameOf(after)}`;
}

function outcomeFields({ status, exitCode, signal, durationMs }: Outcome): Partial<Outcome> {
  return { status, exitCode, signal, durationMs };
}

function levelOf({ status }: Outcome): 'info' | 'warn' | 'error' {
  if (status === 'succeeded') return 'info';
  return status === 'failed' || status === 'timed_out' || status === 'lost' ? 'error' : 'warn';
}

function statusText({ status }: Outcome): string {
  if (status === 'timed_out') return 'timed out';
  return status === 'skipped' || status === 'canceled' || status === 'lost'
    ? `was ${status}`
    : status;
}

import { Link } from '@tanstack/react-router';
import type { RunView } from '../../../../src/api/run.ts';
import { StatusMark } from '../../marks/status-mark.tsx';
import { TRIGGER_WORDS } from '../../marks/trigger-words.ts';
import { Fact, Facts } from '../../shell/facts.tsx';
import { duration } from '../../time/duration.ts';
import { useNow } from '../../time/now.ts';
import { Instant } from '../../time/time.tsx';
import { useZone } from '../../time/zone.tsx';
import style from './run.module.css';

/** What is known of a run. */
export function RunFacts({ run }: { readonly run: RunView }) {
  const { name: zone } = useZone();
  return (
    <>
      <Facts>
        <Fact name="Started">
          {TRIGGER_WORDS[run.trigger]}
          {run.requestedBy === null ? null : ` (${run.requestedBy})`}
          {run.afterRun === null ? null : (
            <>
              {': '}
              <Link to="/runs/$id" params={{ id: run.afterRun }}>
                #{run.afterRun.slice(-8)}
              </Link>
            </>
          )}
        </Fact>
        {run.scheduledAt === null ? null : (
          <Fact name="Slot">
            <Instant at={run.scheduledAt} />
            {run.startedAt === null ? null : (
              <span className="soft"> · {lateness(run.scheduledAt, run.startedAt)}</span>
            )}
          </Fact>
        )}
        {run.startedAt === null ? (
          <Fact name="Queued">
            <Instant at={run.queuedAt} />
          </Fact>
        ) : (
          <Fact name="Began">
            <Instant at={run.startedAt} />
          </Fact>
        )}
        <Fact name="Took">
          <Took run={run} />
        </Fact>
        {run.release === null ? null : (
          <Fact name="Commit">
            <Link to="/releases/$revision" params={{ revision: run.release }}>
              <code>{run.release.slice(0, 7)}</code>
            </Link>{' '}
            {run.subject === null ? null : `“${run.subject}”`}
            {run.author === null ? null : ` by ${run.author}`}
          </Fact>
        )}
        {run.params === null ? null : (
          <Fact name="Parameters">
            <pre className={style.value}>{JSON.stringify(run.params, null, 1)}</pre>
          </Fact>
        )}
        {run.result === null ? null : (
          <Fact name="Result">
            <pre className={style.value}>{run.result}</pre>
          </Fact>
        )}
        <Fact name="Command">
          <pre className={style.value}>{run.command}</pre>
        </Fact>
        {run.attempts.length < 2 ? null : (
          <Fact name="Attempts">
            <ol className={style.attempts}>
              {run.attempts.map(({ attempt, status, durationMs, reason }) => (
                <li key={attempt}>
                  <StatusMark status={status} />
                  {durationMs === null ? null : ` in ${duration(durationMs)}`}{' '}
                  <span className="soft">{reason}</span>
                </li>
              ))}
            </ol>
          </Fact>
        )}
        <Fact name="Host">{run.host}</Fact>
        <Fact name="Run">
          <code>{run.id}</code>
        </Fact>
      </Facts>
      <p className="soft small">Times in {zone}.</p>
    </>
  );
}

function Took({ run: { durationMs, startedAt } }: { readonly run: RunView }) {
  const now = useNow();
  if (durationMs !== null) return duration(durationMs);
  if (startedAt === null) return 'it waits for its turn';
  return `running for ${duration(Math.max(0, now - Date.parse(startedAt)))}`;
}

function lateness(slot: string, start: string): string {
  const ms = Date.parse(start) - Date.parse(slot);
  return ms <= 1000 ? `on time (+${Math.max(0, ms)} ms)` : `late by ${duration(ms)}`;
}

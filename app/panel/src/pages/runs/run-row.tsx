import { Link } from '@tanstack/react-router';
import type { RunSummaryView } from '../../../../src/api/run.ts';
import { StatusMark } from '../../marks/status-mark.tsx';
import { TRIGGER_WORDS } from '../../marks/trigger-words.ts';
import { duration } from '../../time/duration.ts';
import { Ago } from '../../time/time.tsx';
import style from './runs.module.css';

/** What ran, how it ended, and the line that says most. */
export function RunRow({ run }: { readonly run: RunSummaryView }) {
  const { id, job, status, durationMs, errorLine, resultLine, reason, trigger, release } = run;
  const said = errorLine ?? (status === 'succeeded' ? resultLine : reason) ?? '';
  return (
    <div className={style.row} data-row role="listitem">
      <Link to="/runs/$id" params={{ id }} className={style.job}>
        {job}
      </Link>
      <span className={style.status}>
        <StatusMark status={status} />
      </span>
      <span className={style.when}>
        <Ago at={run.startedAt ?? run.queuedAt} />
        <span className="soft">{durationMs === null ? '' : ` · ${duration(durationMs)}`}</span>
      </span>
      <span className={style.said} title={said}>
        {said}
      </span>
      <span className={style.origin}>
        {trigger === 'schedule' ? '' : `${TRIGGER_WORDS[trigger]} `}
        {release === null ? null : <code>{release.slice(0, 7)}</code>}
      </span>
    </div>
  );
}

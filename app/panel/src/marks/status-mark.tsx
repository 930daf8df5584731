import type { RunStatus } from '../../../src/api/run.ts';
import { BAR, RunBar } from './run-bar.tsx';
import style from './marks.module.css';
import { STATUS_WORDS } from './status-words.ts';

/** A status: its mark and its word. */
export function StatusMark({
  status,
  children,
}: {
  readonly status: RunStatus;
  /** What is said in the place of the word: `failed, exit code 3`. */
  readonly children?: React.ReactNode;
}) {
  return (
    <span className={style.status} data-status={status}>
      <svg viewBox={`0 0 ${BAR.width} ${BAR.height}`} width={BAR.width} height={14} aria-hidden>
        <RunBar status={status} height={BAR.height} />
      </svg>
      {children ?? STATUS_WORDS[status]}
    </span>
  );
}

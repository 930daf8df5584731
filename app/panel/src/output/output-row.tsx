import { useState } from 'react';
import type { LineRow, OutputRow } from './rows.ts';
import { AnsiText } from './ansi.tsx';
import style from './output.module.css';

/** Longer lines are shown in part at first: drawing a line of megabytes takes seconds. */
const MOST_CHARACTERS = 4096;

export interface RowLook {
  /** What stands before each line; null for nothing. */
  readonly timeOf: ((at: string) => string) | null;
  readonly markedKey: string | null;
  /** Why some of the output is not there. */
  readonly gap: string;
  readonly onMark: (row: LineRow) => void;
}

export function OutputRowView({ row, look }: { readonly row: OutputRow; readonly look: RowLook }) {
  switch (row.kind) {
    case 'gap':
      return <div className={style.note}>{look.gap}</div>;
    case 'attempt':
      return <div className={style.note}>Attempt {row.attempt}</div>;
    case 'line':
      return <Line row={row} look={look} />;
    default:
      return row satisfies never;
  }
}

function Line({ row, look }: { readonly row: LineRow; readonly look: RowLook }) {
  const [isAllShown, showAll] = useState(false);
  const isCut = !isAllShown && row.text.length > MOST_CHARACTERS;
  const shown = isCut ? row.text.slice(0, MOST_CHARACTERS) : row.text;
  return (
    <div
      className={style.line}
      data-stream={row.stream}
      data-line={row.key}
      data-marked={row.key === look.markedKey || undefined}
    >
      <button
        type="button"
        tabIndex={-1}
        className={style.gutter}
        title={row.stream === 'stderr' ? 'stderr: link to this line' : 'link to this line'}
        onClick={() => look.onMark(row)}
      >
        {look.timeOf === null ? '¶' : look.timeOf(row.at)}
      </button>
      <span className={style.text}>
        <AnsiText text={shown} colours={row.colours} />
        {isCut ? (
          <button type="button" className={style.all} onClick={() => showAll(true)}>
            … all {row.text.length.toLocaleString('en')} characters
          </button>
        ) : null}
      </span>
    </div>
  );
}

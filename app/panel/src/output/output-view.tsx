import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { RunView } from '../../../src/api/run.ts';
import { useKey } from '../keys/keys.tsx';
import { Complaint } from '../shell/complaint.tsx';
import { followOutput } from './follow-output.ts';
import { gapInWords } from './gap-words.ts';
import { OutputRowView, type RowLook } from './output-row.tsx';
import { OutputScale } from './output-scale.tsx';
import { OutputTools, type OutputLook } from './output-tools.tsx';
import { useOutputWindow } from './output-window.ts';
import { rowsOf, type OutputRow } from './rows.ts';
import { placeInAddress, useFirstPlace, writePlace } from './place.ts';
import { useTimeOf } from './times.ts';
import style from './output.module.css';

const ROW_PX = 20;
/** Nearer than that to an end of what is in hand, more is asked for. */
const NEAR_PX = 1500;

/** What a run wrote: from any place of it, live while it runs. */
export function Output({ run }: { readonly run: RunView }) {
  const [look, setLook] = useState<OutputLook>({
    stream: undefined,
    isWrapped: true,
    times: 'none',
  });
  return <OutputView key={look.stream ?? 'both'} {...{ run, look, setLook }} />;
}

function OutputView({
  run,
  look,
  setLook,
}: {
  readonly run: RunView;
  readonly look: OutputLook;
  readonly setLook: (look: OutputLook) => void;
}) {
  const { stream, isWrapped, times } = look;
  const [isFollowing, setFollowing] = useState(run.finishedAt === null);
  const [marked, setMarked] = useState(placeInAddress());
  const source = useOutputWindow(run.id, stream);
  const { window } = source;
  const rows = useMemo(() => rowsOf(window.chunks, stream !== undefined), [window.chunks, stream]);
  const pane = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const isOver = run.finishedAt !== null;

  useFirstPlace(run, {
    ...source,
    toMark: (key) => {
      setMarked(key);
      setFollowing(false);
      source.toPiece(Number.parseInt(key, 10));
    },
  });

  // Where one jumped to.
  const jumped = useRef(0);
  useLayoutEffect(() => {
    if (window.jump === jumped.current || rows.length === 0) return;
    jumped.current = window.jump;
    const at = marked === null ? -1 : findRow(rows, marked);
    if (at !== -1) list.current?.scrollToIndex(at, { align: 'center' });
    else if (!window.hasAfter) list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
    else list.current?.scrollToIndex(0);
  }, [rows, window, marked]);

  // While one follows, the newest line is in sight.
  useLayoutEffect(() => {
    if (isFollowing && !window.hasAfter && rows.length > 0) {
      list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
    }
  }, [rows, isFollowing, window.hasAfter]);

  // While one follows, nothing is left to be scrolled to.
  const { moreBefore, moreAfter } = source;
  useEffect(() => {
    const isReady = !source.isLoading && source.error === null;
    if (isFollowing && window.hasAfter && isReady) moreAfter();
  }, [isFollowing, window.hasAfter, source.isLoading, source.error, moreAfter]);

  // What is shorter than the pane cannot be scrolled: the rest of it is asked for here.
  useEffect(() => {
    const handle = list.current;
    if (handle === null || rows.length === 0 || handle.scrollSize > handle.viewportSize) return;
    moreBefore();
    moreAfter();
  }, [rows, moreBefore, moreAfter]);

  const last = useRef(0);
  useEffect(() => {
    last.current = window.chunks.at(-1)?.sequence ?? last.current;
  }, [window.chunks]);
  const { push, toEnd } = source;
  useEffect(() => {
    if (isOver) return undefined;
    const left = new AbortController();
    const onChunks = (chunks: Parameters<typeof push>[0]): void => {
      const wanted = chunks.filter((one) => stream === undefined || one.stream === stream);
      push(wanted);
    };
    followOutput({ runId: run.id, after: () => last.current, onChunks }, left.signal);
    return () => left.abort();
  }, [run.id, isOver, stream, push]);

  function onScroll(): void {
    const handle = list.current;
    if (handle === null) return;
    const { scrollOffset, scrollSize, viewportSize } = handle;
    const below = scrollSize - viewportSize - scrollOffset;
    if (scrollOffset < NEAR_PX) source.moreBefore();
    if (below < NEAR_PX) source.moreAfter();
    if (!isOver) setFollowing(below < 2 * ROW_PX && (isFollowing || !window.hasAfter));
  }

  function toNewest(): void {
    setMarked(null);
    if (window.hasAfter) toEnd();
    else list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
    setFollowing(!isOver);
  }

  function toFirst(): void {
    setMarked(null);
    setFollowing(false);
    if (window.hasBefore) source.toBeginning();
    else list.current?.scrollToIndex(0);
  }
  useKey('End', 'last line of the output', toNewest);
  useKey('Home', 'first line of the output', toFirst);

  function mark(key: string): void {
    setMarked(key);
    writePlace(key);
  }

  const rowLook: RowLook = {
    timeOf: useTimeOf(times, run),
    markedKey: marked,
    gap: gapInWords(run),
    onMark: (row) => mark(row.key),
  };
  return (
    <section className={style.output} aria-label="Output">
      <OutputTools
        run={run}
        look={look}
        setLook={setLook}
        onHit={({ sequence, offset }) => {
          mark(`${sequence}.${offset}`);
          setFollowing(false);
          source.toPiece(sequence);
        }}
        onFirst={toFirst}
        onLast={toNewest}
      />
      <OutputScale
        runId={run.id}
        onPiece={(sequence) => {
          setMarked(null);
          setFollowing(false);
          source.toPiece(sequence);
        }}
      />
      {source.error === null ? null : <Complaint of={source.error} />}
      <div
        ref={pane}
        className={style.pane}
        data-wrapped={isWrapped}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by keys
        tabIndex={0}
        role="log"
        aria-label="Lines"
      >
        {rows.length === 0 ? (
          <p className={style.note}>{emptyInWords(run, source.isLoading)}</p>
        ) : null}
        <Virtualizer
          ref={list}
          key={window.jump}
          scrollRef={pane}
          itemSize={ROW_PX}
          shift={window.change === 'before' || window.change === 'less-before'}
          data={rows}
          onScroll={onScroll}
        >
          {(row) => <OutputRowView key={row.key} row={row} look={rowLook} />}
        </Virtualizer>
      </div>
      {isOver || isFollowing ? null : (
        <button type="button" data-kind="main" className={style.follow} onClick={toNewest}>
          Follow what it writes
        </button>
      )}
    </section>
  );
}

/** A hit may be in the middle of a line: the line is the last one that begins before it. */
function findRow(rows: readonly OutputRow[], key: string): number {
  const [sequence = 0, offset = 0] = key.split('.').map(Number);
  return rows.findLastIndex(
    (row) =>
      row.kind === 'line' &&
      (row.sequence < sequence || (row.sequence === sequence && row.offset <= offset)),
  );
}

function emptyInWords(run: RunView, isLoading: boolean): string {
  if (isLoading) return 'Loading the output …';
  return run.finishedAt === null ? 'It has written nothing yet.' : 'It wrote nothing.';
}

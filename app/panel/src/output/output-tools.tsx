import { useEffect, useRef, useState } from 'react';
import type { OutputStream } from '../../../src/api/output.ts';
import type { RunView } from '../../../src/api/run.ts';
import { useKey } from '../keys/keys.tsx';
import { bytes } from './bytes.ts';
import { MOST_HITS, searchOutput, type Hit } from './output-search.ts';
import { TIMES, type Times } from './times.ts';
import style from './output.module.css';

/** How the lines are shown. */
export interface OutputLook {
  /** Undefined: both. */
  readonly stream: OutputStream | undefined;
  readonly isWrapped: boolean;
  readonly times: Times;
}

export interface OutputToolsProps {
  readonly run: RunView;
  readonly look: OutputLook;
  readonly setLook: (look: OutputLook) => void;
  readonly onHit: (hit: Hit) => void;
  readonly onFirst: () => void;
  readonly onLast: () => void;
}

/** What stands above the lines. */
export function OutputTools(props: OutputToolsProps) {
  const { run, look, setLook } = props;
  const { stream, isWrapped, times } = look;
  const query = stream === undefined ? '' : `?stream=${stream}`;
  return (
    <div className={style.tools}>
      <h2>Output</h2>
      <span className="soft small">{bytes(run.output.bytes)}</span>
      <OutputSearch runId={run.id} onHit={props.onHit} />
      <select
        aria-label="Which output"
        value={stream ?? 'both'}
        onChange={({ target: { value } }) =>
          setLook({
            ...look,
            stream: value === 'stdout' || value === 'stderr' ? value : undefined,
          })
        }
      >
        <option value="both">stdout and stderr</option>
        <option value="stdout">stdout only</option>
        <option value="stderr">stderr only</option>
      </select>
      <select
        aria-label="Times"
        value={times}
        onChange={({ target: { value } }) =>
          setLook({ ...look, times: TIMES.find((name) => name === value) ?? 'none' })
        }
      >
        <option value="none">no times</option>
        <option value="time">time of day</option>
        <option value="since start">since its start</option>
      </select>
      <label className={style.check}>
        <input
          type="checkbox"
          checked={isWrapped}
          onChange={({ target }) => setLook({ ...look, isWrapped: target.checked })}
        />
        wrap
      </label>
      <span className={style.ends}>
        <button type="button" onClick={props.onFirst}>
          First line
        </button>
        <button type="button" onClick={props.onLast}>
          Last line
        </button>
        <a href={`/api/v1/runs/${run.id}/output/download${query}`} download>
          Download
        </a>
      </span>
    </div>
  );
}

function OutputSearch({
  runId,
  onHit,
}: {
  readonly runId: string;
  readonly onHit: (hit: Hit) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [found, setFound] = useState<{ hits: readonly Hit[]; isThrough: boolean } | null>(null);
  const [at, setAt] = useState(-1);
  const going = useRef<AbortController | null>(null);
  useKey('/', 'search the output', () => input.current?.focus());
  useEffect(() => () => going.current?.abort(), []);

  async function search(): Promise<void> {
    going.current?.abort();
    const mine = new AbortController();
    going.current = mine;
    let isFirst = true;
    const tell = (hits: readonly Hit[], isThrough: boolean): void => {
      setFound({ hits, isThrough });
      const [hit] = hits;
      if (!isFirst || hit === undefined) return;
      isFirst = false;
      setAt(0);
      onHit(hit);
    };
    setAt(-1);
    setFound({ hits: [], isThrough: false });
    let all: readonly Hit[] = [];
    try {
      await searchOutput({ runId, text }, (hits) => tell((all = hits), false), mine.signal);
      tell(all, true);
    } catch {
      if (!mine.signal.aborted) setFound(null);
    }
  }

  function go(by: 1 | -1): void {
    const hits = found?.hits ?? [];
    if (hits.length === 0) return;
    const next = (at + by + hits.length) % hits.length;
    const hit = hits[next];
    setAt(next);
    if (hit !== undefined) onHit(hit);
  }

  return (
    <form
      role="search"
      className={style.search}
      onSubmit={(event) => {
        event.preventDefault();
        if (found !== null && at !== -1) go(1);
        else if (text !== '') void search();
      }}
    >
      <input
        ref={input}
        type="search"
        placeholder="Search the output"
        aria-label="Search the output"
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setFound(null);
          setAt(-1);
        }}
      />
      <span className="soft small" role="status">
        {found === null ? '' : foundInWords(found, at)}
      </span>
      {found === null || found.hits.length < 2 ? null : (
        <>
          <button type="button" onClick={() => go(-1)}>
            Before
          </button>
          <button type="button" onClick={() => go(1)}>
            Next
          </button>
        </>
      )}
    </form>
  );
}

function foundInWords(
  { hits, isThrough }: { readonly hits: readonly Hit[]; readonly isThrough: boolean },
  at: number,
): string {
  const more = isThrough ? '' : ' …';
  if (hits.length === 0) return isThrough ? 'not found' : 'searching …';
  const many = hits.length >= MOST_HITS ? `more than ${MOST_HITS - 1}` : hits.length;
  return `${at + 1} of ${many}${more}`;
}

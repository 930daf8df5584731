import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState, type PointerEvent } from 'react';
import { WindowVirtualizer } from 'virtua';
import { jobsQuery } from '../../api/queries.ts';
import { useKey } from '../../keys/keys.tsx';
import { useRowKeys } from '../../keys/row-keys.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';
import { exactly } from '../../time/format.ts';
import { useNow } from '../../time/now.ts';
import { useZone } from '../../time/zone.tsx';
import { Axis } from './axis.tsx';
import { marksQuery, type Mark } from './marks.ts';
import { timelineQuery, type TimelineView } from './queries.ts';
import { aroundNow, pan, zoom, type Span } from './span.ts';
import { TimelineRow } from './timeline-row.tsx';
import { TimelineTable } from './timeline-table.tsx';
import { useWidth } from './use-width.ts';
import style from './timeline.module.css';

/** What ran and what will, of every job, on one axis. */
export function TimelinePage() {
  const now = useNow(15_000);
  const [span, setSpan] = useState<Span>(() => aroundNow(now));
  const { name: zone } = useZone();
  const timeline = useQuery({ ...timelineQuery(span), placeholderData: keepPreviousData });
  const { data: marks = [] } = useQuery({
    ...marksQuery(span),
    placeholderData: keepPreviousData,
  });
  useRowKeys();
  useKey('+', 'look closer', () => setSpan((one) => zoom(one, 0.5)));
  useKey('-', 'see more', () => setSpan((one) => zoom(one, 2)));
  useKey('h', 'earlier', () => setSpan((one) => pan(one, -0.5)));
  useKey('l', 'later', () => setSpan((one) => pan(one, 0.5)));
  useKey('n', 'now', () => setSpan(aroundNow(Date.now())));
  return (
    <Page
      title="Timeline"
      actions={
        <>
          <button type="button" onClick={() => setSpan(pan(span, -0.5))}>
            Earlier
          </button>
          <button type="button" onClick={() => setSpan(aroundNow(Date.now()))}>
            Now
          </button>
          <button type="button" onClick={() => setSpan(pan(span, 0.5))}>
            Later
          </button>
          <button type="button" onClick={() => setSpan(zoom(span, 0.5))}>
            Closer
          </button>
          <button type="button" onClick={() => setSpan(zoom(span, 2))}>
            More
          </button>
        </>
      }
    >
      <p className="soft">
        {exactly(new Date(span.from).toISOString(), zone)} to{' '}
        {exactly(new Date(span.to).toISOString(), zone)}, {zone}
      </p>
      <Loaded query={timeline} what="the timeline">
        {(view) => <Drawn {...{ view, marks, span, now, setSpan }} />}
      </Loaded>
    </Page>
  );
}

function Drawn({
  view,
  marks,
  span,
  now,
  setSpan,
}: {
  readonly view: TimelineView;
  readonly marks: readonly Mark[];
  readonly span: Span;
  readonly now: number;
  readonly setSpan: (span: Span) => void;
}) {
  const jobs = useQuery(jobsQuery);
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const runs = Map.groupBy(view.runs, ({ job }) => job);
  const slots = Map.groupBy(view.slots, ({ job }) => job);
  const drag = useDrag(span, width, setSpan);
  return (
    <>
      {view.isComplete ? null : (
        <p className={style.incomplete}>
          The newest history waits for the database: something may be missing.
        </p>
      )}
      {view.isAll ? null : (
        <p className="soft">There is more than is drawn here: look at a shorter time.</p>
      )}
      <ul className={style.legend}>
        {marks.slice(0, 6).map((mark) => (
          <li key={`${mark.kind} ${mark.at}`}>
            <span data-kind={mark.kind} className={style.swatch} aria-hidden />
            {mark.revision === null ? (
              mark.sentence
            ) : (
              <Link to="/releases/$revision" params={{ revision: mark.revision }}>
                {mark.sentence}
              </Link>
            )}
          </li>
        ))}
      </ul>
      <div className={style.drawn} {...drag}>
        <div className={style.top}>
          <div />
          <div ref={place}>
            <Axis span={span} width={width} marks={marks} />
          </div>
        </div>
        <Loaded query={jobs} what="the jobs">
          {(all) => (
            <WindowVirtualizer>
              {all.map((job) => (
                <TimelineRow
                  key={job.slug}
                  job={job}
                  runs={runs.get(job.slug) ?? []}
                  slots={slots.get(job.slug) ?? []}
                  {...{ marks, span, width, now }}
                />
              ))}
            </WindowVirtualizer>
          )}
        </Loaded>
      </div>
      <details>
        <summary>As a table</summary>
        <TimelineTable view={view} marks={marks} />
      </details>
    </>
  );
}

/** Drawing the time along by hand. */
function useDrag(span: Span, width: number, setSpan: (span: Span) => void) {
  const held = useRef<{ readonly x: number; readonly span: Span } | null>(null);
  return {
    onPointerDown(event: PointerEvent) {
      if (event.pointerType === 'touch' || event.button !== 0) return;
      held.current = { x: event.clientX, span };
    },
    onPointerMove(event: PointerEvent) {
      if (held.current === null) return;
      const by = (held.current.x - event.clientX) / width;
      if (Math.abs(by) * width > 4) setSpan(pan(held.current.span, by));
    },
    onPointerUp() {
      held.current = null;
    },
    onPointerLeave() {
      held.current = null;
    },
  };
}

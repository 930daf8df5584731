import { useQuery } from '@tanstack/react-query';
import { useRef, type FormEvent } from 'react';
import type { RunStatus } from '../../../../src/api/run.ts';
import { jobsQuery } from '../../api/queries.ts';
import { useKey } from '../../keys/keys.tsx';
import { STATUS_WORDS } from '../../marks/status-words.ts';
import { TRIGGER_WORDS } from '../../marks/trigger-words.ts';
import { FILTERS, type RunFilter } from './runs-query.ts';
import style from './runs.module.css';

/** Several statuses at once, as people ask for them. */
const STATUSES: readonly (readonly [value: string, words: string])[] = [
  ['', 'any status'],
  ['failed,timed_out,lost', 'failed, timed out or lost'],
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.keys forgets them
  ...(Object.keys(STATUS_WORDS) as RunStatus[]).map((one) => [one, STATUS_WORDS[one]] as const),
];

export function RunFilters({
  filter,
  onChange,
}: {
  readonly filter: RunFilter;
  readonly onChange: (filter: RunFilter) => void;
}) {
  const { data: jobs } = useQuery(jobsQuery);
  const form = useRef<HTMLFormElement>(null);
  const text = useRef<HTMLInputElement>(null);
  useKey('/', 'search', () => text.current?.focus());

  function apply(event?: FormEvent): void {
    event?.preventDefault();
    if (form.current === null) return;
    const given = new FormData(form.current);
    const value = (name: string): string => {
      const entry = given.get(name);
      return typeof entry === 'string' ? entry.trim() : '';
    };
    const next = Object.fromEntries(
      FILTERS.flatMap((name) => {
        const one = name === 'from' || name === 'to' ? instantOf(value(name)) : value(name);
        return one === '' ? [] : [[name, one]];
      }),
    );
    onChange(next);
  }

  return (
    <form ref={form} className={style.filters} role="search" onSubmit={apply}>
      <input
        ref={text}
        type="search"
        name="text"
        minLength={3}
        placeholder="Search errors and results"
        aria-label="Search errors and results"
        defaultValue={filter.text}
      />
      <input
        name="job"
        list="jobs"
        placeholder="any job"
        aria-label="Job"
        defaultValue={filter.job}
        onBlur={() => apply()}
      />
      <datalist id="jobs">
        {jobs?.map(({ slug, title }) => (
          <option key={slug} value={slug}>
            {title}
          </option>
        ))}
      </datalist>
      <select
        name="status"
        aria-label="Status"
        defaultValue={filter.status ?? ''}
        onChange={() => apply()}
      >
        {STATUSES.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      <select
        name="trigger"
        aria-label="Why it started"
        defaultValue={filter.trigger ?? ''}
        onChange={() => apply()}
      >
        <option value="">however it started</option>
        {Object.entries(TRIGGER_WORDS).map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      <input
        name="release"
        placeholder="any commit"
        aria-label="Commit"
        minLength={4}
        size={10}
        defaultValue={filter.release}
        onBlur={() => apply()}
      />
      <label className={style.period}>
        from
        <input
          type="datetime-local"
          name="from"
          defaultValue={localOf(filter.from)}
          onBlur={() => apply()}
        />
      </label>
      <label className={style.period}>
        to
        <input
          type="datetime-local"
          name="to"
          defaultValue={localOf(filter.to)}
          onBlur={() => apply()}
        />
      </label>
      <button>Search</button>
      {FILTERS.some((name) => filter[name] !== undefined) ? (
        <button type="button" onClick={() => onChange({})}>
          Show all
        </button>
      ) : null}
    </form>
  );
}

/** The field knows the browser's time only, and no zone. */
function instantOf(local: string): string {
  return local === '' ? '' : new Date(local).toISOString();
}

function localOf(instant: string | undefined): string {
  if (instant === undefined || Number.isNaN(Date.parse(instant))) return '';
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

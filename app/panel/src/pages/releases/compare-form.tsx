import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { RevisionView } from './queries.ts';
import style from './releases.module.css';

/** Any two commits beside each other. */
export function CompareForm({ revisions }: { readonly revisions: readonly RevisionView[] }) {
  const navigate = useNavigate();
  const [from, setFrom] = useState(revisions[1]?.revision ?? '');
  const [to, setTo] = useState(revisions[0]?.revision ?? '');
  return (
    <form
      className={style.compare}
      onSubmit={(event) => {
        event.preventDefault();
        void navigate({ to: '/compare/$from/$to', params: { from, to } });
      }}
    >
      <Choice name="Compare" {...{ revisions, value: from, onChange: setFrom }} />
      <Choice name="with" {...{ revisions, value: to, onChange: setTo }} />
      <button disabled={from === to}>Compare</button>
    </form>
  );
}

function Choice({
  name,
  revisions,
  value,
  onChange,
}: {
  readonly name: string;
  readonly revisions: readonly RevisionView[];
  readonly value: string;
  readonly onChange: (revision: string) => void;
}) {
  return (
    <label>
      <span>{name}</span>
      <select value={value} onChange={({ target }) => onChange(target.value)}>
        {revisions.map(({ revision, subject }) => (
          <option key={revision} value={revision}>
            {revision.slice(0, 7)} {subject}
          </option>
        ))}
      </select>
    </label>
  );
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { jobsQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { Complaint } from '../../shell/complaint.tsx';
import { useDeed } from '../../shell/use-deed.ts';
import { tokensQuery } from './queries.ts';
import style from './system.module.css';

const DAY_MS = 86_400_000;

/** Makes a token; its secret is shown this one time. */
export function NewToken() {
  const client = useQueryClient();
  const { data: jobs } = useQuery(jobsQuery);
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null);
  const make = useDeed(async (form: HTMLFormElement) => {
    const given = new FormData(form);
    const text = (name: string): string => {
      const value = given.get(name);
      return typeof value === 'string' ? value : '';
    };
    const days = Number(text('days'));
    const expiresAt = days === 0 ? null : new Date(Date.now() + days * DAY_MS).toISOString();
    const body = { name: text('name'), scopes: [text('scope')], expiresAt };
    const { secret } = await request<{ secret: string }>('/api/v1/tokens', {
      method: 'POST',
      body,
    });
    setMade({ name: body.name, secret });
    form.reset();
    await client.invalidateQueries({ queryKey: tokensQuery.queryKey });
  });
  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    void make.start(event.currentTarget);
  }
  return (
    <details className={style.new}>
      <summary>Make a token</summary>
      <form className={style.form} onSubmit={onSubmit}>
        <label>
          For whom
          <input name="name" required maxLength={64} autoComplete="off" />
        </label>
        <label>
          It may
          <select name="scope" defaultValue="read">
            <option value="read">read everything</option>
            <option value="operate">read, start, cancel, switch, roll back</option>
            <option value="admin">do everything</option>
            {jobs?.map(({ slug }) => (
              <option key={slug} value={`trigger:${slug}`}>
                start {slug}, and nothing else
              </option>
            ))}
          </select>
        </label>
        <label>
          For
          <select name="days" defaultValue="90">
            <option value="7">7 days</option>
            <option value="30">30 days</option>
            <option value="90">90 days</option>
            <option value="365">a year</option>
            <option value="0">ever</option>
          </select>
        </label>
        <button data-kind="main">Make it</button>
      </form>
      {make.error === null ? null : <Complaint of={make.error} />}
      {made === null ? null : (
        <p role="status">
          The token of {made.name}, shown this one time: <code>{made.secret}</code>
        </p>
      )}
    </details>
  );
}

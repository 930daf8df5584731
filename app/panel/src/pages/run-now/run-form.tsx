import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import type { JobView } from '../../../../src/api/job.ts';
import type { RunView } from '../../../../src/api/run.ts';
import { request } from '../../api/request.ts';
import { useRights } from '../../api/rights.ts';
import { Complaint } from '../../shell/complaint.tsx';
import { useDeed } from '../../shell/use-deed.ts';
import { declaredParams, freeParams, type Params } from './params.ts';
import style from './run-now.module.css';

/** Declared parameters are fields; where none are declared, whatever the script takes, as JSON. */
export function RunForm({
  job,
  before,
}: {
  readonly job: JobView;
  /** The run whose parameters are begun with. */
  readonly before: RunView | null;
}) {
  const navigate = useNavigate();
  const rights = useRights();
  const [wrong, setWrong] = useState<string | null>(null);
  const isDeclared = job.params.length > 0;

  const start = useDeed(async (params: Params) => {
    const run = await startRun(job, before, params);
    await navigate({ to: '/runs/$id', params: { id: run.id } });
  });

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const params = isDeclared ? declaredParams(job.params, form) : freeParams(form);
    setWrong(params === 'not JSON' ? NOT_JSON : null);
    if (params !== 'not JSON') void start.start(params);
  }

  return (
    <form className={style.form} onSubmit={onSubmit}>
      <pre className={style.command}>{job.command}</pre>
      {isDeclared ? (
        job.params.map((param) => (
          <label key={param.name} className={style.field}>
            <span>
              {param.name}
              {param.required ? <span className="soft"> (needed)</span> : null}
            </span>
            <input
              name={param.name}
              required={param.required}
              defaultValue={valueOf(before?.params?.[param.name]) ?? param.default ?? ''}
              autoComplete="off"
            />
            {param.description === '' ? null : (
              <span className="soft small">{param.description}</span>
            )}
          </label>
        ))
      ) : (
        <label className={style.field}>
          <span>Parameters, as JSON</span>
          <textarea
            name="json"
            rows={6}
            spellCheck={false}
            placeholder='{"month": "2026-10"}'
            defaultValue={before?.params == null ? '' : JSON.stringify(before.params, null, 2)}
            aria-invalid={wrong !== null}
          />
          <span className="soft small">
            The script finds them in GITCRON_PARAMS. Leave it empty for none.
          </span>
        </label>
      )}
      {wrong === null ? null : <p role="alert">{wrong}</p>}
      {start.error === null ? null : <Complaint of={start.error} />}
      {job.running === 0 ? null : (
        <p className="soft">
          {job.running === 1 ? 'A run of it is' : `${job.running} runs of it are`} not over yet:
          @overlap in the crontab decides whether another one waits or is refused.
        </p>
      )}
      <div className={style.acts}>
        <button data-kind="main" disabled={start.isBusy || !rights.mayStart(job.slug)}>
          Run now
        </button>
      </div>
    </form>
  );
}

const NOT_JSON = 'That is no JSON object. An example: {"month": "2026-10"}';

function startRun(job: JobView, before: RunView | null, params: Params): Promise<RunView> {
  const path =
    before === null ? `/api/v1/jobs/${job.slug}/runs` : `/api/v1/runs/${before.id}/retry`;
  return request<RunView>(path, { method: 'POST', body: { params } });
}

function valueOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

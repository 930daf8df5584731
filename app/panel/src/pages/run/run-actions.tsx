import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { RunView } from '../../../../src/api/run.ts';
import { request } from '../../api/request.ts';
import { useRights } from '../../api/rights.ts';
import { useKey } from '../../keys/keys.tsx';
import { Complaint } from '../../shell/complaint.tsx';
import { Question } from '../../shell/question.tsx';
import { useDeed } from '../../shell/use-deed.ts';

/** What can be done about a run: cancel it while it is on, start it again afterwards. */
export function RunActions({ run }: { readonly run: RunView }) {
  const rights = useRights();
  if (run.finishedAt === null) return rights.mayOperate ? <Cancel run={run} /> : null;
  return rights.mayStart(run.job) ? <Again run={run} /> : null;
}

function Cancel({ run }: { readonly run: RunView }) {
  const client = useQueryClient();
  return (
    <Question
      button="Cancel"
      title={`Cancel #${run.id.slice(-8)}`}
      yes="Cancel the run"
      onYes={async () => {
        await request(`/api/v1/runs/${run.id}/cancel`, { method: 'POST' });
        await client.invalidateQueries({ queryKey: ['run', run.id] });
      }}
    >
      <p>
        Its process gets SIGTERM and, if it has not ended by then, SIGKILL after its grace. What it
        has done so far stays done.
      </p>
    </Question>
  );
}

function Again({ run }: { readonly run: RunView }) {
  const navigate = useNavigate();
  const again = useDeed(async () => {
    const next = await request<RunView>(`/api/v1/runs/${run.id}/retry`, { method: 'POST' });
    await navigate({ to: '/runs/$id', params: { id: next.id } });
  });
  useKey('a', 'run it again', () => void again.start());
  return (
    <>
      <button
        type="button"
        data-kind="main"
        disabled={again.isBusy}
        onClick={() => void again.start()}
      >
        Run again
      </button>
      <Link to="/jobs/$slug/run" params={{ slug: run.job }} search={{ from: run.id }}>
        with other parameters
      </Link>
      {again.error === null ? null : <Complaint of={again.error} />}
    </>
  );
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { request } from '../../api/request.ts';
import { useRights } from '../../api/rights.ts';
import { Complaint } from '../../shell/complaint.tsx';
import { Dialog, type DialogHandle } from '../../shell/dialog.tsx';
import { Loaded } from '../../shell/loaded.tsx';
import { useDeed } from '../../shell/use-deed.ts';
import { JobChanges } from '../compare/job-changes.tsx';
import { previewQuery } from './queries.ts';
import style from './releases.module.css';

/** Goes back to a release, after saying what that does. */
export function RollBack({ revision }: { readonly revision: string }) {
  const { mayOperate } = useRights();
  const dialog = useRef<DialogHandle>(null);
  const [isAsked, setAsked] = useState(false);
  if (!mayOperate) return null;
  const short = revision.slice(0, 7);
  return (
    <>
      <button
        type="button"
        onClick={() => {
          setAsked(true);
          dialog.current?.open();
        }}
      >
        Roll back to {short}
      </button>
      <Dialog ref={dialog} title={`Roll back to ${short}`}>
        {isAsked ? <Preview revision={revision} onDone={() => dialog.current?.close()} /> : null}
      </Dialog>
    </>
  );
}

function Preview({ revision, onDone }: { readonly revision: string; readonly onDone: () => void }) {
  const client = useQueryClient();
  const preview = useQuery(previewQuery(revision));
  const rollBack = useDeed(async () => {
    await request('/api/v1/rollback', { method: 'POST', body: { revision } });
    await client.invalidateQueries();
    onDone();
  });
  return (
    <Loaded query={preview} what="what it would do">
      {({ sentence, jobs, runsGoingOn, from }) => (
        <div className={style.preview}>
          <p>{sentence}</p>
          {runsGoingOn.length === 0 ? null : (
            <ul>
              {runsGoingOn.map(({ runId, job }) => (
                <li key={runId}>
                  <Link to="/runs/$id" params={{ id: runId }}>
                    {job} #{runId.slice(-8)}
                  </Link>{' '}
                  goes on in {from?.revision.slice(0, 7) ?? 'its release'}
                </li>
              ))}
            </ul>
          )}
          <JobChanges jobs={jobs} />
          <p className="soft">It stays until a newer commit comes.</p>
          {rollBack.error === null ? null : <Complaint of={rollBack.error} />}
          <button
            type="button"
            data-kind="main"
            disabled={rollBack.isBusy}
            onClick={() => void rollBack.start()}
          >
            {rollBack.isBusy ? 'Rolling back …' : `Roll back to ${revision.slice(0, 7)}`}
          </button>
        </div>
      )}
    </Loaded>
  );
}

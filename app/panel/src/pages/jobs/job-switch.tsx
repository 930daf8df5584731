import { useQueryClient } from '@tanstack/react-query';
import type { JobView } from '../../../../src/api/job.ts';
import { Problem } from '../../api/problem.ts';
import { putJob } from '../../api/put-job.ts';
import { fetchJob } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { useDeed } from '../../shell/use-deed.ts';
import style from './jobs.module.css';

/** Whether its schedule starts it. What goes wrong stands in the place of the word. */
export function JobSwitch({ job }: { readonly job: JobView }) {
  const client = useQueryClient();
  const turn = useDeed(async () => {
    const verb = job.enabled ? 'disable' : 'enable';
    await request(`/api/v1/jobs/${job.slug}/${verb}`, { method: 'POST' });
    putJob(client, await fetchJob(job.slug));
  });
  return (
    <button type="button" className={style.switch} onClick={() => void turn.start()}>
      {turn.error === null ? (job.enabled ? 'Disable' : 'Enable') : sentenceOf(turn.error)}
      <span className="unseen"> {job.title}</span>
    </button>
  );
}

function sentenceOf(error: unknown): string {
  return error instanceof Problem ? error.message : 'This failed by a fault of Gitcron.';
}

import { useQuery } from '@tanstack/react-query';
import type { JobView } from '../../../../src/api/job.ts';
import { statusQuery } from '../../api/queries.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { exactly } from '../../time/format.ts';
import { useZone } from '../../time/zone.tsx';
import { nextSlotsQuery } from './queries.ts';
import style from './job.module.css';

/** The next ten slots, in the job's zone and in the viewer's. */
export function NextSlots({ job }: { readonly job: JobView }) {
  const { name } = useZone();
  const { data: status } = useQuery(statusQuery);
  const slots = useQuery(nextSlotsQuery(job.slug));
  const jobZone = job.zone ?? status?.schedule.zone ?? name;
  return (
    <section aria-labelledby="next" className={style.part}>
      <h2 id="next">Next</h2>
      <Loaded query={slots} what="its slots">
        {(loaded) =>
          loaded.length === 0 ? (
            <p className="soft">No slots: it runs when somebody starts it, or after another job.</p>
          ) : (
            <table className={style.slots}>
              <thead>
                <tr>
                  <th>{jobZone}</th>
                  {jobZone === name ? null : <th>{name}</th>}
                </tr>
              </thead>
              <tbody>
                {loaded.map((at) => (
                  <tr key={at}>
                    <td>{exactly(at, jobZone)}</td>
                    {jobZone === name ? null : <td>{exactly(at, name)}</td>}
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Loaded>
    </section>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { RunView } from '../../../../src/api/run.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { EvidenceList } from './evidence-list.tsx';
import { whyQuery } from './why-query.ts';
import style from './run.module.css';

/** Why a run did not succeed, as far as it shows. */
export function Why({ run }: { readonly run: RunView }) {
  const why = useQuery(whyQuery(run.id));
  return (
    <section className={style.why} aria-labelledby="why">
      <h2 id="why">Why</h2>
      <Loaded query={why} what="what changed">
        {(loaded) => (
          <>
            <p>{loaded.sentence}</p>
            {loaded.evidence.length === 0 ? null : <EvidenceList why={loaded} />}
            {loaded.changed === null || loaded.changed.release === null ? null : (
              <p>
                <Link to="/compare/$from/$to" params={loaded.changed.release}>
                  All that changed, <code>{loaded.changed.release.from.slice(0, 7)}</code> →{' '}
                  <code>{loaded.changed.release.to.slice(0, 7)}</code>
                </Link>
              </p>
            )}
            {loaded.lastSuccess === null ? null : (
              <p>
                <Link to="/runs/$id" params={{ id: loaded.lastSuccess.id }}>
                  The last success, #{loaded.lastSuccess.id.slice(-8)}
                </Link>
              </p>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

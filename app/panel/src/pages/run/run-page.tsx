import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { runQuery } from '../../api/queries.ts';
import { isFailure } from '../../marks/status-words.ts';
import { StatusMark } from '../../marks/status-mark.tsx';
import { Output } from '../../output/output-view.tsx';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';
import { Neighbours } from './neighbours.tsx';
import { RunActions } from './run-actions.tsx';
import { RunFacts } from './run-facts.tsx';
import { Why } from './why.tsx';
import style from './run.module.css';

/** What happened, why, the facts; and most of the page is what it wrote. */
export function RunPage() {
  const { id } = useParams({ from: '/runs/$id' });
  const query = useQuery(runQuery(id));
  const run = query.data;
  return (
    <Page
      title={run === undefined ? `Run #${id.slice(-8)}` : `${run.job} #${run.id.slice(-8)}`}
      actions={run === undefined ? null : <RunActions run={run} />}
    >
      <Loaded query={query} what="the run">
        {(loaded) => (
          <div className={style.columns}>
            <div className={style.facts}>
              <p className={style.happened}>
                <StatusMark status={loaded.status} />
              </p>
              {loaded.reason === null ? null : <p>{loaded.reason}</p>}
              {loaded.errorLine === null ? null : (
                <p className={style.error}>
                  <code>{loaded.errorLine}</code>
                </p>
              )}
              {isFailure(loaded.status) ? <Why run={loaded} /> : null}
              <Neighbours id={loaded.id} />
              <RunFacts run={loaded} />
              <p>
                <Link to="/jobs/$slug" params={{ slug: loaded.job }}>
                  All of {loaded.job}
                </Link>
              </p>
            </div>
            <Output key={loaded.id} run={loaded} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

import { useQuery } from '@tanstack/react-query';
import { statusQuery } from '../../api/queries.ts';
import { useRights } from '../../api/rights.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';
import { AuditLog } from './audit-log.tsx';
import { House } from './house.tsx';
import { LogIns } from './log-ins.tsx';
import { Settings } from './settings.tsx';
import { State } from './state.tsx';
import { Tokens } from './tokens.tsx';
import style from './system.module.css';

/** How Gitcron itself does, who may get in, and who did what. */
export function SystemPage() {
  const status = useQuery(statusQuery);
  const { mayAdminister } = useRights();
  return (
    <Page title="System">
      <div className={style.parts}>
        <Loaded query={status} what="how it does">
          {(loaded) => <State status={loaded} />}
        </Loaded>
        <House />
      </div>
      {mayAdminister ? (
        <>
          <Settings />
          <Tokens />
          <LogIns />
        </>
      ) : null}
      <section aria-labelledby="audit" className={style.part}>
        <h2 id="audit">Who did what</h2>
        <AuditLog />
      </section>
    </Page>
  );
}

import type { PlannedJob } from '../../../../src/api/plan.ts';
import { Fact, Facts } from '../../shell/facts.tsx';
import { changesOf } from './changes-of.ts';
import style from './compare.module.css';

/** What is different in a job, setting by setting. */
export function SettingChanges({
  from,
  to,
}: {
  readonly from: PlannedJob;
  readonly to: PlannedJob;
}) {
  return (
    <Facts>
      {changesOf(from, to).map(({ what, before, after }) => (
        <Fact key={what} name={what}>
          <span className={style.change}>
            <del>{before}</del> <ins>{after}</ins>
          </span>
        </Fact>
      ))}
    </Facts>
  );
}

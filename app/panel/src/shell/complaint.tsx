import { Problem, UNREACHABLE } from '../api/problem.ts';
import style from './complaint.module.css';

/** What went wrong, and what to do. */
export function Complaint({ of }: { readonly of: unknown }) {
  const problem = of instanceof Problem ? of : null;
  return (
    <div role="alert" className={style.complaint}>
      <p>{problem?.message ?? 'This page failed by a fault of Gitcron.'}</p>
      {problem?.hint == null ? null : <p className="soft">{problem.hint}</p>}
      {problem === null || problem.code === UNREACHABLE ? null : (
        <p className="small soft">
          <code>{problem.code}</code>
        </p>
      )}
    </div>
  );
}

import { Link } from '@tanstack/react-router';
import type { Evidence } from '../../../../src/api/evidence.ts';
import type { WhyView } from '../../../../src/api/why.ts';
import style from './run.module.css';

/** What is different from the last success, what weighs most first: evidence, and no verdict. */
export function EvidenceList({ why }: { readonly why: WhyView }) {
  return (
    <ul className={style.evidence}>
      {why.evidence.map((one) => (
        <li key={`${one.kind} ${one.sentence}`} data-weight={one.weight}>
          {one.sentence} <Where of={one} why={why} />
        </li>
      ))}
    </ul>
  );
}

/** Where the evidence can be looked at. */
function Where({ of, why: { job, changed } }: { readonly of: Evidence; readonly why: WhyView }) {
  switch (of.kind) {
    case 'line':
    case 'param':
      return (
        <Link to="/jobs/$slug" params={{ slug: job }}>
          see the job
        </Link>
      );
    case 'commit':
    case 'file':
    case 'package':
      return changed === null || changed.release === null ? null : (
        <Link to="/compare/$from/$to" params={changed.release}>
          see
        </Link>
      );
    case 'host':
    case 'environment':
      return null;
    default:
      return of satisfies never;
  }
}

import type { ReactNode } from 'react';
import style from './facts.module.css';

/** Names and what is known of each; the names take as much room as the longest needs. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className={style.facts}>{children}</dl>;
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

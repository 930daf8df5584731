import type { ReactNode } from 'react';
import { Facts } from '../../shell/facts.tsx';
import style from './system.module.css';

/** What belongs together, under its name. */
export function Part({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <section aria-label={name} className={style.part}>
      <h2>{name}</h2>
      <Facts>{children}</Facts>
    </section>
  );
}

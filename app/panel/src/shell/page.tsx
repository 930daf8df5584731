import { useEffect, type ReactNode } from 'react';
import style from './page.module.css';

/** A page with its heading, which the browser's tab has, too. */
export function Page({
  title,
  actions,
  children,
}: {
  readonly title: string;
  /** Buttons beside the heading. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Gitcron`;
  }, [title]);
  return (
    <main className={style.page}>
      <div className={style.top}>
        <h1>{title}</h1>
        {actions === undefined ? null : <div className={style.actions}>{actions}</div>}
      </div>
      {children}
    </main>
  );
}

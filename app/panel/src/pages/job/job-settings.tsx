import { useQuery } from '@tanstack/react-query';
import { Loaded } from '../../shell/loaded.tsx';
import { crontabQuery } from './queries.ts';
import style from './job.module.css';

/** What the crontab says of it, and what holds where it says nothing. */
export function JobSettings({ slug }: { readonly slug: string }) {
  const crontab = useQuery(crontabQuery(slug));
  return (
    <section aria-labelledby="crontab" className={style.part}>
      <h2 id="crontab">In the crontab</h2>
      <Loaded query={crontab} what="its line">
        {({ file, job, set, lines }) => (
          <>
            <p className="soft">
              <code>
                {file}:{job.line}
              </code>
            </p>
            <pre className={style.lines}>
              {lines.map(({ line, text }) => (
                <span key={line} className={line === job.line ? style.own : ''}>
                  <span className={style.number}>{line}</span> {text}
                  {'\n'}
                </span>
              ))}
            </pre>
            <details>
              <summary>All its settings</summary>
              <dl className={style.settings}>
                {Object.entries(job.settings).map(([name, value]) => (
                  <div key={name}>
                    <dt>{name}</dt>
                    <dd>
                      {inWords(value)}{' '}
                      <span className="soft">{set.includes(name) ? '' : '(default)'}</span>
                    </dd>
                  </div>
                ))}
                {Object.entries(job.environment).map(([name, value]) => (
                  <div key={name}>
                    <dt>{name}</dt>
                    <dd>
                      <code>{value}</code>
                    </dd>
                  </div>
                ))}
              </dl>
            </details>
          </>
        )}
      </Loaded>
    </section>
  );
}

function inWords(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

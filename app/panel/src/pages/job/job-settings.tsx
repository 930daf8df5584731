import { useQuery } from '@tanstack/react-query';
import { Fact, Facts } from '../../shell/facts.tsx';
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
              <Facts>
                {Object.entries(job.settings).map(([name, value]) => (
                  <Fact key={name} name={name}>
                    {inWords(value)}{' '}
                    <span className="soft">{set.includes(name) ? '' : '(default)'}</span>
                  </Fact>
                ))}
                {Object.entries(job.environment).map(([name, value]) => (
                  <Fact key={name} name={name}>
                    <code>{value}</code>
                  </Fact>
                ))}
              </Facts>
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

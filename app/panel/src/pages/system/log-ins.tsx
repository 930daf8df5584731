import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { LogInView } from '../../../../src/api/session.ts';
import { request } from '../../api/request.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { Question } from '../../shell/question.tsx';
import { Ago, Instant } from '../../time/time.tsx';
import { logInsQuery } from './queries.ts';
import style from './system.module.css';

/** Who is logged in, and from where. */
export function LogIns() {
  const logIns = useQuery(logInsQuery);
  return (
    <section aria-labelledby="log-ins" className={style.part}>
      <h2 id="log-ins">Log-ins</h2>
      <Loaded query={logIns} what="the log-ins">
        {(items) =>
          items.length === 0 ? (
            <p className="soft">Nobody is logged in.</p>
          ) : (
            <ul className={style.rows} aria-label="Log-ins">
              {items.map((logIn) => (
                <Row key={logIn.id} logIn={logIn} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function Row({ logIn }: { readonly logIn: LogInView }) {
  const client = useQueryClient();
  const { id, name, role, begunAt, expiresAt, from, browser, mine } = logIn;
  return (
    <li data-row>
      <span>
        <strong>{name}</strong>
        {mine ? ' (this one)' : null}
      </span>
      <span>
        {role}
        {from === null ? null : `, from ${from}`}
        {browser === null ? null : <span className="soft"> · {browser}</span>}
      </span>
      <span className="soft">
        since <Ago at={begunAt} /> · ends <Instant at={expiresAt} />
      </span>
      <Question
        button="End"
        title={`End the log-in of ${name}`}
        yes="End it"
        onYes={async () => {
          await request(`/api/v1/sessions/${id}`, { method: 'DELETE' });
          await client.invalidateQueries({ queryKey: logInsQuery.queryKey });
        }}
      >
        <p>
          {mine
            ? 'It is the one that you use: you have to log in again.'
            : 'Whoever uses it has to log in again, also in the middle of what they read.'}
        </p>
      </Question>
    </li>
  );
}

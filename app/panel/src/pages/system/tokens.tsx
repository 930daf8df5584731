import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { TokenView } from '../../../../src/api/token.ts';
import { request } from '../../api/request.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { Question } from '../../shell/question.tsx';
import { Ago, Instant } from '../../time/time.tsx';
import { NewToken } from './new-token.tsx';
import { tokensQuery } from './queries.ts';
import style from './system.module.css';

/** What programs get in with. */
export function Tokens() {
  const tokens = useQuery(tokensQuery);
  return (
    <section aria-labelledby="tokens" className={style.part}>
      <h2 id="tokens">Tokens</h2>
      <NewToken />
      <Loaded query={tokens} what="the tokens">
        {(items) =>
          items.length === 0 ? (
            <p className="soft">None: nothing but people gets in.</p>
          ) : (
            <ul className={style.rows} aria-label="Tokens">
              {items.map((token) => (
                <Row key={token.id} token={token} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function Row({
  token: { id, name, scopes, createdAt, expiresAt, lastUsedAt },
}: {
  readonly token: TokenView;
}) {
  const client = useQueryClient();
  return (
    <li data-row>
      <strong>{name}</strong>
      <span>{scopes.join(', ')}</span>
      <span className="soft">
        made <Ago at={createdAt} /> ·{' '}
        {lastUsedAt === null ? (
          'never used'
        ) : (
          <>
            last used <Ago at={lastUsedAt} />
          </>
        )}{' '}
        ·{' '}
        {expiresAt === null ? (
          'does not expire'
        ) : (
          <>
            expires <Instant at={expiresAt} />
          </>
        )}
      </span>
      <Question
        button="Revoke"
        title={`Revoke ${name}`}
        yes={`Revoke ${name}`}
        onYes={async () => {
          await request(`/api/v1/tokens/${id}`, { method: 'DELETE' });
          await client.invalidateQueries({ queryKey: tokensQuery.queryKey });
        }}
      >
        <p>Whatever uses it is refused from then on, also in the middle of what it reads.</p>
      </Question>
    </li>
  );
}

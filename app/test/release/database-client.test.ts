import { describe, expect, it } from 'vitest';
import { clientWithoutCredentials } from '../../src/release/database-client.ts';

const file = (path: string, text: string) => ({ path, bytes: Buffer.from(text) });
const crontab = (text = '@daily node a.js\n') => file('app/crontab.txt', text);
const npm = (...names: string[]) =>
  file(
    'package.json',
    JSON.stringify({ dependencies: Object.fromEntries(names.map((name) => [name, '*'])) }),
  );
const pip = (text: string) => file('requirements.txt', text);

describe('a Postgres client without credentials', () => {
  it.each([
    [[npm('left-pad', 'pg')], 'pg'],
    [[npm('knex')], 'knex'],
    [[npm('pgp', 'pg-format')], null],
    [[pip('requests\npsycopg[binary]>=3\n')], 'psycopg'],
    [[pip('psycopg2-binary==2.9\n')], 'psycopg2-binary'],
    [[pip('requests\n# psycopg\n')], null],
    [[npm('left-pad'), pip('asyncpg')], 'asyncpg'],
    [[], null],
  ])('%#: is found in the manifests', (manifests, client) => {
    expect(clientWithoutCredentials(manifests, crontab(), {})).toBe(client);
  });

  it.each([
    [{ DATABASE_URL: 'postgres://db/x' }, crontab()],
    [{ PGSERVICE: 'reports' }, crontab()],
    [{}, crontab('PGHOST = db\n@daily node a.js\n')],
  ])('%#: is fine when there are credentials', (environment, withCrontab) => {
    expect(clientWithoutCredentials([npm('pg')], withCrontab, environment)).toBeNull();
  });

  it('is not, when they are empty', () => {
    expect(clientWithoutCredentials([npm('pg')], crontab(), { DATABASE_URL: '' })).toBe('pg');
  });
});

import { join } from 'node:path';
import { escapeLiteral } from 'pg';
import { z } from 'zod';
import { withClient } from '../record/database/with-client.ts';
import type { DatabasePasswords } from './database-passwords.ts';
import { readInitScript, type InitPart } from './init-script.ts';

export const OUR_DATABASE = 'gitcron';

/** The scripts' own, or ours in a directory of before that could not be brought up to date. */
export type ScriptsDatabase = 'scripts' | typeof OUR_DATABASE;

export interface SetUpOptions {
  /** The superuser's way into a database. */
  readonly urlOf: (database: string) => string;
  /** The repository's `initdb/`. */
  readonly initScripts: string;
  readonly passwords: DatabasePasswords;
  /** What scripts kept in our database is in their own now, or could not be moved there. */
  readonly onMove: (failure: unknown) => void;
}

/** What a server that was started before may have by now. */
const found = z.object({ roles: z.boolean(), database: z.boolean(), shared: z.boolean() });

/**
 * Does what `initdb/` does for the compose stack, each step whole or not at all, and only what is
 * not done yet.
 */
export async function setUpDatabases(options: SetUpOptions): Promise<ScriptsDatabase> {
  const { urlOf, passwords } = options;
  const script = (name: string, database = OUR_DATABASE) =>
    readInitScript(join(options.initScripts, name), database, {
      supervisor_password: passwords.supervisor,
      scripts_password: passwords.scripts,
    });
  const { roles, database, shared } = await withClient(urlOf(OUR_DATABASE), async (client) => {
    const { rows } = await client.query(
      `SELECT to_regrole('scripts') IS NOT NULL AS roles,
         EXISTS (SELECT FROM pg_database WHERE datname = 'scripts') AS database,
         COALESCE(has_database_privilege(to_regrole('scripts'), current_database(), 'CONNECT'), false)
           AS shared`,
    );
    return found.parse(rows[0]);
  });
  if (!roles) {
    for (const part of await script('10-roles.sql')) await runWhole(urlOf, part);
  }
  if (!database && roles && shared) {
    try {
      for (const part of await script('by-hand/move-scripts.sql', 'postgres'))
        await run(urlOf, part);
    } catch (error) {
      options.onMove(error);
      await giveBack(options, OUR_DATABASE);
      return OUR_DATABASE;
    }
    options.onMove(null);
  } else {
    const [create, ...furnish] = await script('20-scripts-database.sql');
    if (create !== undefined && !database) await run(urlOf, create);
    if (!(await isFurnished(urlOf('scripts')))) {
      const statements = [...furnish, ...(await script('30-example.sql'))].flatMap(
        (part) => part.statements,
      );
      await runWhole(urlOf, { database: 'scripts', statements });
    }
  }
  await giveBack(options, 'scripts');
  return 'scripts';
}

/** The schema that a new database has was given to the scripts, or they dropped it since. */
async function isFurnished(url: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const { rowCount } = await client.query(
      `SELECT FROM pg_namespace
       WHERE nspname = 'public' AND nspowner = 'pg_database_owner'::regrole`,
    );
    return rowCount === 0;
  });
}

/** Roles get back what a script may have taken from them, and what those of before do not have. */
async function giveBack(
  { urlOf, passwords }: SetUpOptions,
  scriptsDatabase: ScriptsDatabase,
): Promise<void> {
  const supervisor = escapeLiteral(passwords.supervisor);
  const scripts = escapeLiteral(passwords.scripts);
  await runWhole(urlOf, {
    database: OUR_DATABASE,
    statements: [
      `ALTER ROLE gitcron LOGIN CREATEROLE PASSWORD ${supervisor}`,
      `ALTER ROLE scripts LOGIN PASSWORD ${scripts}`,
      'GRANT scripts TO gitcron WITH ADMIN OPTION',
      `GRANT CONNECT, TEMPORARY ON DATABASE ${scriptsDatabase} TO scripts`,
    ],
  });
}

type UrlOf = SetUpOptions['urlOf'];

async function run(urlOf: UrlOf, { database, statements }: InitPart): Promise<void> {
  await withClient(urlOf(database), async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

/** All of it or nothing. */
function runWhole(urlOf: UrlOf, { database, statements }: InitPart): Promise<void> {
  return run(urlOf, { database, statements: ['BEGIN', ...statements, 'COMMIT'] });
}

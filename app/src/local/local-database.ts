import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { isAbsence } from '@gitcron/base/absence';
import { startEmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.ts';
import { readInitScript } from './init-script.ts';

/** The database of `npm start`: the same roles and tables as the compose stack's. */
export interface LocalDatabase {
  /** What jobs get. */
  readonly scriptsUrl: string;
  /** What the supervisor records with. */
  readonly supervisorUrl: string;
  stop(): Promise<void>;
}

const passwordsSchema = z.object({
  postgres: z.string(),
  supervisor: z.string(),
  scripts: z.string(),
});

const DATABASE = 'gitcron';

/** @param directory where the server keeps its data. @param initScripts the repository's `initdb/`. */
export async function startLocalDatabase(
  directory: string,
  initScripts: string,
  reports: Pick<EmbeddedPostgresOptions, 'onLoss' | 'onReturn'>,
): Promise<LocalDatabase> {
  const passwords = await readOrMakePasswords(`${directory}.json`);
  const server = await startEmbeddedPostgres({
    directory,
    database: DATABASE,
    password: passwords.postgres,
    ...reports,
  });
  try {
    await setUp(server.url, initScripts, passwords);
  } catch (error) {
    await server.stop();
    throw error;
  }
  const urlOf = (role: string, password: string) =>
    `postgresql://${role}:${password}@127.0.0.1:${server.port}/${DATABASE}`;
  return {
    scriptsUrl: urlOf('scripts', passwords.scripts),
    supervisorUrl: urlOf('gitcron', passwords.supervisor),
    stop: () => server.stop(),
  };
}

/** Runs `initdb/` once, all of it or nothing. */
async function setUp(
  url: string,
  initScripts: string,
  { supervisor, scripts }: z.output<typeof passwordsSchema>,
): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query(`SELECT 1 FROM pg_roles WHERE rolname = 'scripts'`);
    if (found.rowCount !== 0) return;
    const variables = { supervisor_password: supervisor, scripts_password: scripts };
    await client.query('BEGIN');
    await client.query(await readInitScript(join(initScripts, '10-roles.sql'), variables));
    await client.query(await readInitScript(join(initScripts, '20-example.sql'), variables));
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

async function readOrMakePasswords(file: string): Promise<z.output<typeof passwordsSchema>> {
  try {
    return passwordsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
  const passwords = {
    postgres: randomBytes(24).toString('hex'),
    supervisor: randomBytes(24).toString('hex'),
    scripts: randomBytes(24).toString('hex'),
  };
  await writeFileAtomic(file, `${JSON.stringify(passwords)}\n`, { mode: 0o600 });
  return passwords;
}

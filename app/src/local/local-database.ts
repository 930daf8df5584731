import { readOrMakePasswords } from './database-passwords.ts';
import { startEmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.ts';
import { socketUrl, tcpUrl } from './postgres-address.ts';
import { OUR_DATABASE, setUpDatabases, type SetUpOptions } from './set-up-databases.ts';

/** The database server of `npm start`: the same roles, databases and tables as the compose stack's. */
export interface LocalDatabase {
  /** What jobs get: the way of every client, open to their role alone. */
  readonly scriptsUrl: string;
  /** What the supervisor records with: through a socket that no other user reaches. */
  readonly supervisorUrl: string;
  stop(): Promise<void>;
}

export type LocalDatabaseReports = Pick<EmbeddedPostgresOptions, 'onLoss' | 'onReturn'> &
  Pick<SetUpOptions, 'onMove'>;

/** @param directory where the server keeps its data. @param initScripts the repository's `initdb/`. */
export async function startLocalDatabase(
  directory: string,
  initScripts: string,
  { onMove, ...reports }: LocalDatabaseReports,
): Promise<LocalDatabase> {
  const passwords = await readOrMakePasswords(`${directory}.json`);
  const server = await startEmbeddedPostgres({
    directory,
    database: OUR_DATABASE,
    password: passwords.postgres,
    // Into which databases is a matter of the role's rights.
    overTcp: ['host all scripts 127.0.0.1/32 scram-sha-256'],
    ...reports,
  });
  try {
    const urlOf = (database: string) => server.superuserUrl(database);
    const database = await setUpDatabases({ urlOf, initScripts, passwords, onMove });
    const scripts = { role: 'scripts', password: passwords.scripts, database };
    const ours = { role: 'gitcron', password: passwords.supervisor, database: OUR_DATABASE };
    return {
      scriptsUrl: tcpUrl(server.address, scripts),
      supervisorUrl: socketUrl(server.address, ours),
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Client, type QueryResult } from 'pg';
import { startEmbeddedPostgres } from '../../src/local/embedded-postgres.ts';
import { freePort } from '../../src/local/free-port.ts';
import { tcpUrl } from '../../src/local/postgres-address.ts';

const PASSWORD = 'a-test-password';

/** A real Postgres: the one of TEST_DATABASE_URL, the one that all files share, or one of our own. */
export interface TestServer {
  /** Of its superuser. */
  readonly url: string;
  /** Makes an empty database, or a copy of one that nobody is connected to. */
  createDatabase(template?: string): Promise<string>;
  /** Stops and starts the server; only for one of our own. */
  readonly embedded: EmbeddedServer | null;
  stop(): Promise<void>;
}

export interface EmbeddedServer {
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly port: number;
  readonly directory: string;
}

export interface TestServerOptions {
  /** Make one that can be stopped, whatever TEST_DATABASE_URL says. */
  readonly ownServer?: boolean;
  /** Where it keeps its data; default: a temporary directory. */
  readonly directory?: string;
  /** More lines of postgresql.conf, for one of our own. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { ownServer = false, directory } = options;
  const given = ownServer ? undefined : (process.env['TEST_DATABASE_URL'] ?? (await sharedUrl()));
  if (given !== undefined) return serverAt(given, null, async () => {});
  const root = directory ?? (await mkdtemp(join(tmpdir(), 'gitcron-postgres-')));
  const port = await freePort();
  const make = () =>
    startEmbeddedPostgres({
      directory: root,
      database: 'postgres',
      password: PASSWORD,
      overTcp: ['host all all 127.0.0.1/32 scram-sha-256'],
      port,
      parameters: { fsync: 'off', ...options.parameters },
    });
  let server = await make();
  const embedded: EmbeddedServer = {
    port,
    directory: join(root, 'data'),
    stop: () => server.stop(),
    async start() {
      server = await make();
    },
  };
  const login = { role: 'postgres', password: PASSWORD, database: 'postgres' };
  return serverAt(tcpUrl(server.address, login), embedded, async () => {
    await server.stop();
    if (directory === undefined) await rm(root, { recursive: true, force: true });
  });
}

/** The address of the server that `shared-postgres.ts` starts for the first who asks. */
async function sharedUrl(): Promise<string | undefined> {
  const door = process.env['TEST_DATABASE_SOCKET'];
  return door === undefined ? undefined : await text(connect(door));
}

function serverAt(
  url: string,
  embedded: EmbeddedServer | null,
  stop: () => Promise<void>,
): TestServer {
  const made: string[] = [];
  return {
    url,
    embedded,
    async createDatabase(template = 'template1') {
      const name = `gitcron_test_${randomUUID().replaceAll('-', '')}`;
      await query(
        url,
        `CREATE DATABASE ${name} TEMPLATE ${new URL(template, url).pathname.slice(1)}`,
      );
      made.push(name);
      return new URL(`/${name}`, url).href;
    },
    async stop() {
      if (embedded === null) {
        for (const name of made) await query(url, `DROP DATABASE ${name} WITH (FORCE)`);
      }
      await stop();
    },
  };
}

export async function query(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<QueryResult> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql, values);
  } finally {
    await client.end();
  }
}

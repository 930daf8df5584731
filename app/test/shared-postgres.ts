import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestServer, type TestServer } from './record/test-database.ts';

/**
 * One Postgres for all test files that do not stop theirs: a start is two seconds of work, and a
 * dozen files want one. It begins when the first asks for its address, at the socket that
 * TEST_DATABASE_SOCKET names: whoever runs a file that has nothing to do with it waits for none.
 */
export default async function sharePostgres(): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-shared-postgres-'));
  let server: Promise<TestServer> | null = null;
  const door = createServer((asker) => {
    server ??= startTestServer({ ownServer: true, parameters: { max_connections: '200' } });
    server.then(
      ({ url }) => asker.end(url),
      (error: Error) => asker.destroy(error),
    );
  });
  const path = join(directory, 'door.sock');
  door.listen(path);
  await once(door, 'listening');
  process.env['TEST_DATABASE_SOCKET'] = path;
  return async () => {
    door.close();
    await (await server)?.stop();
    await rm(directory, { recursive: true });
  };
}

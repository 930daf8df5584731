import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startTestSync } from '../../../git-sync/test/support/sync.ts';
import { createOrigin } from '../../../base/test/origin.ts';
import { query, type TestServer } from '../record/test-database.ts';
import { startNpmRegistry, type NpmRegistry } from '../release/support/npm-registry.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';
import { openHouse } from './house.ts';
import { until } from '../../../base/test/until.ts';

export const SECRET = 'correct-horse-battery';

/**
 * Real git, a real git-sync, a real supervisor with a database, and an npm registry.
 * @param publish what is in the registry besides `hello` and `other`.
 */
export async function openScene(
  server: TestServer,
  first: Readonly<Record<string, string>>,
  publish: (registry: NpmRegistry) => Promise<void> = async () => {},
) {
  const root = await temporaryDirectory();
  const registry = await startNpmRegistry();
  for (const name of ['hello', 'other']) await registry.publish(name);
  await publish(registry);
  const origin = await createOrigin(join(root, 'origin'));
  const code = join(root, 'code');
  const revision = await origin.commit(first, 'First');
  const sync = await startTestSync(code, { GIT_SYNC_REPO: `file://${origin.path}` });
  await sync.syncNow();
  const databaseUrl = await server.createDatabase();
  const house = await openHouse({
    crontab: '',
    databaseUrl,
    environment: {
      SOURCE_DIR: code,
      NPM_CONFIG_REGISTRY: registry.url,
      MY_TOKEN: SECRET,
      SECRET_ENV: 'MY_TOKEN',
    },
  });
  onTestFinished(() => house[Symbol.asyncDispose]());
  await planned(databaseUrl, revision);
  const push = async (changes: Readonly<Record<string, string | null>>, subject: string) => {
    const next = await origin.commit(changes, subject);
    await sync.syncNow();
    await planned(databaseUrl, next, true);
    return next;
  };
  return { origin, sync, house, databaseUrl, first: revision, push };
}

/** Waits until what a release planned is in the database. */
export async function planned(
  databaseUrl: string,
  revision: string,
  withChanges = false,
): Promise<void> {
  const text = `SELECT FROM gitcron.releases WHERE revision = '${revision}'
    AND packages_hash IS NOT NULL ${withChanges ? 'AND changes_hash IS NOT NULL' : ''}`;
  await until(
    async () => (await query(databaseUrl, text)).rowCount === 1,
    'that the plan is kept',
    60_000,
  );
}

import { makeDirectory } from '@gitcron/base/make-directory';
import { rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { absent } from '@gitcron/base/absence';
import { CodedError } from '@gitcron/base/coded-error';
import { asUnprivileged } from './as-unprivileged.ts';

const COMPLETE = 'gitcron-initdb-complete';

/**
 * Makes a server's data directory with initdb(1), unless it is there and whole.
 *
 * @param data everything in it belongs to the server. @param password the superuser's.
 */
export async function ensurePostgresData(
  initdb: string,
  data: string,
  password: string,
): Promise<void> {
  await makeDirectory(dirname(data), 0o700);
  // Without its last file initdb was cut short, and starts anew.
  if ((await stat(join(data, COMPLETE)).catch(absent)) !== null) return;
  await rm(data, { recursive: true, force: true });
  const passwordFile = join(dirname(data), 'initdb-password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    const { command, args } = asUnprivileged(initdb, [
      ...['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
      ...['--encoding=UTF8', '--locale=C', '--no-sync'],
    ]);
    await execa(command, args, { stdin: 'ignore' });
    await writeFile(join(data, COMPLETE), '');
  } catch (error) {
    throw new CodedError('GITCRON_E_EMBEDDED_POSTGRES', 'The embedded Postgres cannot be set up.', {
      place: data,
      hint: 'Its own words say why: the disk may be full, or it refuses this user. Give your own server as DATABASE_URL, or start with --no-database.',
      cause: error,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

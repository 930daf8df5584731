import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { CodedError } from '@gitcron/base/coded-error';
import { readRegularFile } from '@gitcron/base/regular-file';
import type { ProcessUser } from '../../processes/process-user.ts';

export const LEAST_PASSWORD_LETTERS = 12;

/** Nobody's password is longer. */
const MOST_BYTES = 64 * 1024;

/** Users that run what the repository says, and what they are there for. */
export interface OtherUsers {
  readonly JOB_USER?: ProcessUser | undefined;
  readonly INSTALL_USER?: ProcessUser | undefined;
}

/** Where others than us can read the password: it is not theirs alone to guess any more. */
export class LeakedPasswordError extends CodedError<'GITCRON_E_PASSWORD_LEAKED'> {}

/**
 * Reads the file of ADMIN_PASSWORD_FILE.
 *
 * @throws LeakedPasswordError when jobs or installs could read it, too; CodedError
 *   GITCRON_E_PASSWORD_FILE when there is no password to be had from it.
 */
export async function readPasswordFile(path: string, others: OtherUsers): Promise<string> {
  const password = (await contentOf(path)).trim();
  if (password.length < LEAST_PASSWORD_LETTERS) {
    const sentence = `The password in the file of ADMIN_PASSWORD_FILE has fewer than ${LEAST_PASSWORD_LETTERS} characters.`;
    throw new CodedError('GITCRON_E_PASSWORD_FILE', sentence, {
      place: path,
      hint: `Write a longer one into it: openssl rand -hex 16. ${IN_THE_STACK}`,
    });
  }
  for (const name of ['JOB_USER', 'INSTALL_USER'] as const) {
    const user = others[name];
    if (user !== undefined && (await mayRead(user, path))) throw leaked(path, name, user);
  }
  return password;
}

const IN_THE_STACK =
  'In the stack /run/secrets/app is secrets/app/ beside docker-compose.yml. It is looked at again every few seconds.';

async function contentOf(path: string): Promise<string> {
  try {
    return (await readRegularFile(path, MOST_BYTES)).toString('utf8');
  } catch (cause) {
    throw new CodedError(
      'GITCRON_E_PASSWORD_FILE',
      'The file of ADMIN_PASSWORD_FILE cannot be read.',
      {
        place: path,
        hint: `${ownedByUs(path)} ${IN_THE_STACK}`,
        cause,
      },
    );
  }
}

/** As root without DAC_OVERRIDE we read no more of others' files than their mode lets us. */
function ownedByUs(path: string): string {
  const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const file = path.startsWith('/run/secrets/app/') ? `secrets/app/${basename(path)}` : path;
  return `Let it be this user's and nobody else's: sudo chown ${owner} ${file} && sudo chmod 400 ${file}.`;
}

/** Asks the kernel, which knows of groups, lists of access and directories on the way. */
async function mayRead({ uid, gid }: ProcessUser, path: string): Promise<boolean> {
  const look = spawn('/bin/sh', ['-c', 'exec 3< "$1"', 'sh', path], {
    uid,
    gid,
    cwd: '/',
    env: {},
    stdio: 'ignore',
  });
  try {
    await once(look, 'exit');
  } catch {
    // It could not be started as that user, and jobs can't either.
    return false;
  }
  return look.exitCode === 0;
}

function leaked(path: string, name: string, { uid }: ProcessUser): LeakedPasswordError {
  const who = name === 'JOB_USER' ? 'Jobs' : 'Installs of dependencies';
  return new LeakedPasswordError(
    'GITCRON_E_PASSWORD_LEAKED',
    `${who} can read the administrator's password: nobody can log in with it.`,
    {
      place: path,
      hint: `They run as user ${uid} (${name}). Write a new password into the file. ${ownedByUs(path)} ${IN_THE_STACK}`,
    },
  );
}

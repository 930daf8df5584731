import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSecretFile } from '@gitcron/base/secret-file';
import type { SyncSettings } from '../settings.ts';
import { removeTree, scratchPath, type Volume } from '../volume.ts';

/**
 * Lends `use` what git is to start in the place of `ssh`. Never asks, never trusts a host it does not
 * know, leaves no connection behind (ssh_config(5)).
 *
 * Its files are copies in a directory that it goes to: ssh refuses a key that others may read, as
 * mounted secrets are, and one without a last newline; and it cannot be given the path of every file,
 * because it takes blanks, quotes, `%` and `${` in a path for something of its own.
 */
export async function withSshCommand<Result>(
  settings: SyncSettings,
  volume: Volume,
  use: (command: string) => Promise<Result>,
): Promise<Result> {
  const { sshKeyFile, sshKnownHostsFile, silenceMs } = settings;
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
    'ControlMaster=no',
    'ControlPath=none',
    'ServerAliveInterval=15',
    `ConnectTimeout=${Math.ceil(silenceMs / 1000)}`,
    ...(sshKnownHostsFile === null
      ? []
      : ['UserKnownHostsFile=known_hosts', 'GlobalKnownHostsFile=/dev/null']),
    ...(sshKeyFile === null ? [] : ['IdentitiesOnly=yes', 'IdentityFile=key']),
  ];
  const ssh = ['ssh', ...options.flatMap((option) => ['-o', option])].join(' ');
  if (sshKeyFile === null && sshKnownHostsFile === null) return use(ssh);
  const directory = scratchPath(volume, 'ssh');
  await mkdir(directory, { mode: 0o700 });
  const copy = async (name: string, setting: string, file: string) => {
    const content = readSecretFile(setting, file).trimEnd();
    await writeFile(join(directory, name), `${content}\n`, { mode: 0o600 });
  };
  try {
    if (sshKeyFile !== null) await copy('key', 'GIT_SYNC_SSH_KEY_FILE', sshKeyFile);
    if (sshKnownHostsFile !== null) {
      await copy('known_hosts', 'GIT_SYNC_SSH_KNOWN_HOSTS_FILE', sshKnownHostsFile);
    }
    return await use(`cd ${quote(directory)} && exec ${ssh}`);
  } finally {
    await removeTree(directory);
  }
}

/** For the shell that git hands the command to. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

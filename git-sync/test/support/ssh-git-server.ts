import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { freePort, LOOPBACK } from './loopback.ts';
import { until } from '../../../base/test/until.ts';

export const SSHD = '/usr/sbin/sshd';

export interface SshGitServer {
  /** `ssh://user@127.0.0.1:port`, in front of an absolute path. */
  readonly origin: string;
  readonly keyFile: string;
  /** Public keys that are let in, a line each. */
  readonly authorizedFile: string;
  /** A key that the server does not know. */
  readonly strangeKeyFile: string;
  readonly knownHostsFile: string;
  /** The right host with another host's key. */
  readonly wrongKnownHostsFile: string;
}

/** An sshd(8) of the test's own, on loopback or another address of this machine, for the user that runs the test. */
export async function startSshGitServer(
  directory: string,
  address = LOOPBACK,
): Promise<SshGitServer> {
  const at = (name: string) => join(directory, name);
  await mkdir(directory, { recursive: true });
  for (const name of ['host', 'other-host', 'key', 'strange-key']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  }
  await copyFile(at('key.pub'), at('authorized'));
  await chmod(at('authorized'), 0o600);
  const port = await freePort();
  await writeFile(
    at('sshd.conf'),
    [
      `Port ${port}`,
      `ListenAddress ${address}`,
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('authorized')}`,
      `PidFile ${at('pid')}`,
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'UsePAM no',
      'StrictModes no',
      '',
    ].join('\n'),
  );
  // As root sshd wants the directory that its service would have made.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const server = spawn(SSHD, ['-D', '-e', '-f', at('sshd.conf')], { stdio: 'ignore' });
  onTestFinished(async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, 'close');
  });
  await until(async () => {
    const socket = connect(port, address);
    await once(socket, 'connect');
    socket.destroy();
    return true;
  });
  const known = async (name: string, key: string) => {
    const line = execFileSync('cat', [at(`${key}.pub`)], { encoding: 'utf8' });
    await writeFile(at(name), `[${address}]:${port} ${line}`);
  };
  await known('known', 'host');
  await known('wrong-known', 'other-host');
  return {
    origin: `ssh://${userInfo().username}@${address}:${port}`,
    keyFile: at('key'),
    authorizedFile: at('authorized'),
    strangeKeyFile: at('strange-key'),
    knownHostsFile: at('known'),
    wrongKnownHostsFile: at('wrong-known'),
  };
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '@gitcron/base/coded-error';
import type { Git } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';
import { readSecretFile } from '@gitcron/base/secret-file';
import { removeTree, scratchPath, type Volume } from './volume.ts';

const PGP_KEYS = /-----BEGIN PGP PUBLIC KEY BLOCK-----.*?-----END PGP PUBLIC KEY BLOCK-----/gs;

/**
 * Refuses a commit that none of the allowed keys signed.
 *
 * The file holds lines of ssh-keygen(1)'s ALLOWED SIGNERS, armored OpenPGP public keys, or both. Keys
 * are put into a key ring of their own, so whatever else the machine trusts does not count.
 *
 * @throws CodedError GITCRON_E_SIGNATURE
 */
export async function verifySignature(
  git: Git,
  volume: Volume,
  gitDir: string,
  commit: string,
  signersFile: string,
): Promise<void> {
  const signers = readSecretFile('GIT_SYNC_VERIFY_SIGNERS_FILE', signersFile);
  const directory = scratchPath(volume, 'signers');
  await mkdir(directory, { mode: 0o700 });
  try {
    const sshFile = join(directory, 'allowed-signers');
    await writeFile(sshFile, signers.replaceAll(PGP_KEYS, ''));
    const environment = { GNUPGHOME: directory };
    const pgpKeys = signers.match(PGP_KEYS) ?? [];
    if (pgpKeys.length > 0) {
      const keyFile = join(directory, 'keys.asc');
      await writeFile(keyFile, `${pgpKeys.join('\n')}\n`);
      await git.run(['--batch', '--quiet', '--no-autostart', '--import', keyFile], {
        program: 'gpg',
        environment,
      });
    }
    const allowed = ['-c', `gpg.ssh.allowedSignersFile=${sshFile}`];
    await git.run([...allowed, 'verify-commit', commit], { gitDir, environment });
  } catch (error) {
    if (!(error instanceof GitFailure) || error.end !== 'exit') throw error;
    throw new CodedError(
      'GITCRON_E_SIGNATURE',
      `Commit ${commit.slice(0, 7)} is not signed by an allowed key and was not published.`,
      {
        place: signersFile,
        hint: 'Sign the commit with an allowed key (git commit -S --amend), or add the signer’s key to GIT_SYNC_VERIFY_SIGNERS_FILE.',
        cause: error,
      },
    );
  } finally {
    await removeTree(directory);
  }
}

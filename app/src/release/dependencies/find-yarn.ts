import { execa } from 'execa';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readRepositoryFile } from '../repository-file.ts';

export type Program = readonly [command: string, ...args: string[]];

/** An address in a cache or a path, never out of it. */
const VERSION = /^\d+\.\d+\.\d+[\w.-]*$/;

/**
 * The yarn that a repository is locked with, without a download: one that it has committed
 * (`yarnPath`), else that of its `packageManager` among those that corepack keeps, else the yarn of
 * this machine when it is the right one.
 *
 * @param version as `packageManager` asks for it; null when it does not
 */
export async function findYarn(
  release: string,
  directory: string,
  version: string | null,
): Promise<Program | null> {
  const committed = await committedYarn(release, directory);
  if (committed !== null) return [process.execPath, committed];
  if (version !== null && VERSION.test(version)) {
    const kept = join(corepackHome(), 'v1', 'yarn', version, 'yarn.js');
    if (await isThere(kept)) return [process.execPath, kept];
  }
  const here = await installedYarn();
  const isRight = version === null ? /^([2-9]|\d\d)/.test(here) : here === version;
  return isRight ? ['yarn'] : null;
}

/** @returns relative to the directory that the install is done in. */
async function committedYarn(release: string, directory: string): Promise<string | null> {
  const settings = await readRepositoryFile(release, join(directory, '.yarnrc.yml'));
  const text = Buffer.from(settings?.bytes ?? []).toString('utf8');
  const path = /^yarnPath:\s*["']?([^"'#\s]+)["']?\s*(#.*)?$/m.exec(text)?.[1];
  if (path === undefined) return null;
  return (await readRepositoryFile(release, join(directory, path))) === null ? null : path;
}

/** As corepack finds it (corepack, "Environment Variables"). */
function corepackHome(): string {
  const { COREPACK_HOME, XDG_CACHE_HOME } = process.env;
  return COREPACK_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'node', 'corepack');
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Asked where no repository's code can answer in its place. */
async function installedYarn(): Promise<string> {
  const { stdout } = await execa('yarn', ['--version'], {
    cwd: '/',
    reject: false,
    timeout: 10_000,
    env: { COREPACK_ENABLE_NETWORK: '0', COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' },
  });
  return stdout?.trim() ?? '';
}

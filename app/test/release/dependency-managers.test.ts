import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { Release } from '../../src/release/release.ts';
import { CodeVolume } from './support/code-volume.ts';
import { follow } from './support/following.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { startPythonIndex } from './support/python-index.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';

async function stage(environment: Readonly<Record<string, string>> = {}, packageFile?: string) {
  const root = await temporaryDirectory();
  const registry = await startNpmRegistry();
  await registry.publish('hello', {
    manifest: { bin: { 'say-hello': 'say.js' } },
    files: { 'say.js': '#!/usr/bin/env node\nconsole.log("hello from a package");\n' },
  });
  const code = new CodeVolume(join(root, 'code'));
  const start = () =>
    follow({
      source: code.directory,
      state: join(root, 'state'),
      registry,
      environment,
      change: packageFile === undefined ? {} : { packageFile },
    });
  return { root, registry, code, start };
}

/** Runs a command of an installed package as a job would. */
async function run(release: Release | null, command: string): Promise<string> {
  const { directory = '', description } = release ?? {};
  const binaries = description?.binaries.map((path) => join(directory, path)) ?? [];
  const PATH = [...binaries, process.env['PATH']].join(delimiter);
  const { stdout } = await execa({ shell: true, cwd: directory, env: { PATH } })(command);
  return stdout;
}

describe('npm', { timeout: 60_000 }, () => {
  it('takes the settings of .npmrc into the hash', async () => {
    const { code, start } = await stage();
    const files = { 'package.json': manifestFor('hello') };
    const first = await code.push(files);
    const { follower, untilCurrent, events } = await start();
    await untilCurrent(first);
    expect(await run(follower.current, 'say-hello')).toBe('hello from a package');
    const withSettings = await code.push({ ...files, '.npmrc': 'omit=dev\n' });
    await untilCurrent(withSettings);
    const hashes = events('dependencies_installed').map(({ dependencyHash }) => dependencyHash);
    expect(new Set(hashes).size).toBe(2);
  });

  it('finds its manifest where PACKAGE_FILE says, also behind a link of the repository', async () => {
    const { code, start } = await stage({}, 'jobs/package.json');
    const revision = await code.push({
      'deep/er/jobs/package.json': manifestFor('hello'),
      jobs: { link: 'deep/er/jobs' },
    });
    const { follower, untilCurrent, volume } = await start();
    await untilCurrent(revision);
    expect(await run(follower.current, 'say-hello')).toBe('hello from a package');
    const link = await readlink(join(volume.current, 'deep/er/jobs/node_modules'));
    expect(link).toMatch(/^(\.\.\/){5}deps\/[0-9a-f]{64}\/node_modules$/);
  });

  it.each([
    ['a workspace', { workspaces: ['lib'], dependencies: { lib: '1.0.0' } }],
    ['a package of the repository', { dependencies: { lib: 'file:lib' } }],
    ['a script of its own', { scripts: { postinstall: 'cp lib/index.js made.js' } }],
  ])('installs %s inside each release', async (_name, manifest) => {
    const { code, start } = await stage();
    const push = (says: string) =>
      code.push({
        'package.json': JSON.stringify({ name: 'scripts', ...manifest }),
        'lib/package.json': '{"name":"lib","version":"1.0.0"}',
        'lib/index.js': `console.log(${JSON.stringify(says)})`,
      });
    const job = 'scripts' in manifest ? 'node made.js' : 'node -e \'require("lib")\'';
    const { follower, untilCurrent, events, volume } = await start();
    for (const says of ['one', 'two']) {
      await untilCurrent(await push(says));
      expect(await run(follower.current, job)).toBe(says);
    }
    expect(events('dependencies_installed')).toHaveLength(2);
    expect(await readFile(volume.packageHash, 'utf8')).toMatch(/^[0-9a-f]{64} {2}package.json\n$/);
  });
});

describe('pnpm', { timeout: 60_000 }, () => {
  it('installs what pnpm-lock.yaml says, and tells what may pass from what does not', async () => {
    const { registry, code, start } = await stage();
    const { follower, untilCurrent, untilRejected, events, log } = await start();
    const integrityOf = (name: string): string =>
      JSON.parse(registry.lockfile(name)).packages[`node_modules/${name}`].integrity ||
      integrityOf('hello');
    const lockfile = (name: string) => `lockfileVersion: '9.0'
settings: { autoInstallPeers: true, excludeLinksFromLockfile: false }
importers:
  .:
    dependencies:
      ${name}: { specifier: 1.0.0, version: 1.0.0 }
packages:
  ${name}@1.0.0:
    resolution: { integrity: ${integrityOf(name)} }
    hasBin: true
snapshots:
  ${name}@1.0.0: {}
`;
    const files = { 'package.json': manifestFor('hello'), 'pnpm-lock.yaml': lockfile('hello') };
    await untilCurrent(await code.push(files));
    expect(await run(follower.current, 'say-hello')).toBe('hello from a package');
    await untilCurrent(await code.push({ ...files, 'a.js': '' }));
    expect(events('dependencies_installed')).toHaveLength(1);

    const outdated = { ...files, 'package.json': manifestFor('hello', 'other') };
    expect(await untilRejected(await code.push(outdated))).toMatchObject({
      willRetry: false,
      reason: expect.stringContaining('ERR_PNPM_OUTDATED_LOCKFILE'),
    });
    const shown = log.filter((line) => line.includes('"  | ')).join('');
    expect(shown).toContain('| ERR_PNPM_OUTDATED_LOCKFILE: Cannot install');
    expect(shown).toContain('were added: other@1.0.0');
    // What pnpm tells to programs.
    expect(shown).not.toContain('pnpm:package-manifest');
    // It may have been published a moment ago.
    const missing = { 'package.json': manifestFor('nobody'), 'pnpm-lock.yaml': lockfile('nobody') };
    expect(await untilRejected(await code.push(missing))).toMatchObject({
      willRetry: true,
      reason: expect.stringContaining('ERR_PNPM_FETCH_404'),
    });
    const far = { far: 'git+http://127.0.0.1:1/far.git' };
    const away = {
      'package.json': JSON.stringify({ name: 'scripts', dependencies: far }),
      'pnpm-lock.yaml': gitLockfile(far.far),
    };
    expect(await untilRejected(await code.push(away))).toMatchObject({
      willRetry: true,
      reason: expect.stringMatching(/exit code 128: .*git clone .*unable to access/),
    });
    // One that no store of pnpm's on this machine has.
    await registry.publish('fresh', { files: { 'a.txt': randomBytes(20_000).toString('hex') } });
    registry.mood = 'cut short';
    const cut = { 'package.json': manifestFor('fresh'), 'pnpm-lock.yaml': lockfile('fresh') };
    const revision = await code.push(cut);
    expect(await untilRejected(revision)).toMatchObject({
      willRetry: true,
      reason: expect.stringContaining('ERR_PNPM_TARBALL_INTEGRITY'),
    });
    registry.mood = 'unavailable';
    const unlucky = {
      'package.json': manifestFor('nobody'),
      'pnpm-lock.yaml': `${lockfile('nobody')}#\n`,
    };
    expect(await untilRejected(await code.push(unlucky))).toMatchObject({
      willRetry: true,
      reason: expect.stringContaining('ERR_PNPM_FETCH_503'),
    });
  });
});

function gitLockfile(url: string): string {
  const commit = 'a'.repeat(40);
  return `lockfileVersion: '9.0'
settings: { autoInstallPeers: true, excludeLinksFromLockfile: false }
importers:
  .:
    dependencies:
      far: { specifier: '${url}', version: '${url}#${commit}' }
packages:
  far@${url}#${commit}:
    resolution: { commit: ${commit}, repo: '${url.replace('git+', '')}', type: git }
    version: 1.0.0
snapshots:
  far@${url}#${commit}: {}
`;
}

const hasVenv = spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0;

// Debian's python3 comes without venv: there this product says so, and nothing can be installed.
describe.runIf(hasVenv)('pip', { timeout: 120_000 }, () => {
  it('installs requirements.txt beside package.json, as soon as the index is well', async () => {
    const index = await startPythonIndex();
    index.isUnwell = true;
    const { code, start } = await stage({ PIP_INDEX_URL: index.url, PIP_RETRIES: '0' });
    const files = { 'package.json': manifestFor('hello'), 'requirements.txt': 'greeting==1.0\n' };
    const { follower, untilCurrent, untilRejected, events, log } = await start();
    const revision = await code.push(files);
    expect(await untilRejected(revision)).toMatchObject({ willRetry: true });
    // Which pip tells its log only.
    expect(log.join('')).toMatch(/\| Could not fetch URL \S+\/greeting\/: .*503/);
    expect(log.join('')).toContain('does not answer as it should');
    index.isUnwell = false;
    await untilCurrent(revision);
    expect(await run(follower.current, 'greet; say-hello')).toBe(
      'hello from a wheel\nhello from a package',
    );
    expect(await run(follower.current, 'head -1 .venv/bin/greet')).toMatch(
      /\/state\/deps\/[0-9a-f]{64}\/\.venv\/bin\/python/,
    );
    await untilCurrent(await code.push({ ...files, 'a.py': '' }));
    expect(events('dependencies_installed')).toHaveLength(2);
  });

  it('installs a list that names another file inside each release', async () => {
    const index = await startPythonIndex();
    const { code, start } = await stage({ PIP_INDEX_URL: index.url });
    const { follower, untilCurrent } = await start();
    await untilCurrent(
      await code.push({ 'requirements.txt': '-r more.txt\n', 'more.txt': 'greeting==1.0\n' }),
    );
    expect(await run(follower.current, 'greet')).toBe('hello from a wheel');
    expect(await run(follower.current, 'head -1 .venv/bin/greet')).toContain(
      `${follower.current?.directory}/.venv/bin/python`,
    );
  });
});

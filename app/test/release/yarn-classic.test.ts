import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';
import { CodeVolume, writeTree, type Files } from './support/code-volume.ts';
import { follow } from './support/following.ts';
import { startNpmRegistry } from './support/npm-registry.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const YARN = join(
  dirname(createRequire(import.meta.url).resolve('yarn/package.json')),
  'bin/yarn.js',
);

/** A registry, and a laptop on which yarn 1 locks what somebody will push. */
async function stage() {
  const registry = await startNpmRegistry();
  for (const version of ['1.2.0', '1.5.0', '2.0.0']) await registry.publish('leaf', { version });
  await registry.publish('old', { manifest: { dependencies: { leaf: '^1.0.0' } } });
  await registry.publish('mid', { manifest: { dependencies: { leaf: '^1.1.0' } } });
  const laptop = await temporaryDirectory();
  const environment = {
    YARN_REGISTRY: registry.url,
    YARN_CACHE_FOLDER: join(laptop, 'cache'),
    YARN_IGNORE_PATH: '1',
  };
  const lock = async (files: Files): Promise<string> => {
    const root = join(laptop, 'project');
    await mkdir(root, { recursive: true });
    await writeTree(root, files);
    await execa(process.execPath, [YARN, 'install', '--non-interactive'], {
      cwd: root,
      env: environment,
    });
    return readFile(join(root, 'yarn.lock'), 'utf8');
  };
  const code = new CodeVolume(join(await temporaryDirectory(), 'code'));
  const start = async () => {
    const following = await follow({
      source: code.directory,
      state: `${code.directory}-state`,
      registry,
      environment: { ...environment, YARN_CACHE_FOLDER: `${code.directory}-cache` },
    });
    const versionOf = async (path: string): Promise<string> => {
      const file = join(following.volume.current, 'node_modules', path, 'package.json');
      return JSON.parse(await readFile(file, 'utf8')).version;
    };
    return { ...following, versionOf };
  };
  /** An entry of a lockfile, as yarn writes it. */
  const leaf = (ranges: readonly string[], version: string) => {
    const heads = ranges.map((range) => `leaf@${range}`).join(', ');
    const resolved = `${registry.url}/leaf/-/leaf-${version}.tgz`;
    return `${heads}:\n  version "${version}"\n  resolved "${resolved}"\n`;
  };
  return { registry, laptop, lock, code, start, leaf };
}

const ASKS = { dependencies: { old: '1.0.0', mid: '1.0.0' } };
const MANIFEST = JSON.stringify({ name: 'scripts', ...ASKS });
const LEAF = /^leaf@[^]*?\n\n/m;

describe('a yarn.lock of yarn 1', () => {
  it('has two versions where it says two, though one of them would do', async () => {
    const { lock, code, start, leaf } = await stage();
    const locked = await lock({ 'package.json': MANIFEST });
    const two = `${leaf(['^1.0.0'], '1.2.0')}\n${leaf(['^1.1.0'], '1.5.0')}\n`;
    const { untilCurrent, versionOf, events } = await start();
    await untilCurrent(
      await code.push({ 'package.json': MANIFEST, 'yarn.lock': locked.replace(LEAF, two) }),
    );
    expect([await versionOf('leaf'), await versionOf('mid/node_modules/leaf')]).toEqual([
      '1.2.0',
      '1.5.0',
    ]);
    // From Windows, and an older version for both.
    const older = `${leaf(['^1.0.0', '^1.1.0'], '1.2.0')}\n`;
    const crlf = `\uFEFF${locked.replace(LEAF, older).replaceAll('\n', '\r\n')}`;
    await untilCurrent(await code.push({ 'package.json': MANIFEST, 'yarn.lock': crlf }));
    expect(await versionOf('leaf')).toBe('1.2.0');
    expect(events('dependencies_installed')).toHaveLength(2);
  });

  it('is not in the way of aliases, Git, tarballs, resolutions, bundles and other platforms', async () => {
    const { registry, laptop, lock, code, start } = await stage();
    const far = join(laptop, 'far');
    await mkdir(far);
    await writeTree(far, { 'package.json': '{"name":"far","version":"0.0.9"}' });
    await execa({ cwd: far, shell: true })(
      'git init --quiet && git add . && git -c user.name=a -c user.email=a@b commit --quiet -m a',
    );
    await registry.publish('mac', { manifest: { os: ['darwin'] } });
    await registry.publish('bundle', {
      manifest: { dependencies: { mid: '^1.0.0' }, bundledDependencies: ['mid'] },
      files: {
        'node_modules/mid/package.json': '{"name":"mid","version":"1.0.0"}',
        // What a bundled one needs is in the bundle, and nobody names it.
        'node_modules/leaf/package.json': '{"name":"leaf","version":"0.0.1"}',
      },
    });
    const files = {
      'package.json': JSON.stringify({
        name: 'scripts',
        version: '1.0.0',
        license: 'MIT',
        dependencies: {
          other: 'npm:leaf@^1.0.0',
          far: `git+file://${far}`,
          old: `${registry.url}/old/-/old-1.0.0.tgz`,
          bundle: '1.0.0',
          lib: 'file:lib',
        },
        optionalDependencies: { mac: '1.0.0' },
        resolutions: { leaf: '1.2.0' },
      }),
      'lib/package.json': '{"name":"lib","version":"3.0.0"}',
    };
    const { untilCurrent, versionOf, events } = await start();
    await untilCurrent(await code.push({ ...files, 'yarn.lock': await lock(files) }));
    expect(await versionOf('other')).toBe('1.5.0');
    expect(await versionOf('far')).toBe('0.0.9');
    expect(await versionOf('leaf')).toBe('1.2.0');
    expect(await versionOf('lib')).toBe('3.0.0');
    expect(events('revision_rejected')).toEqual([]);
  });

  it('is that of a workspace, whose members are links that move with the release', async () => {
    const { lock, code, start } = await stage();
    const files = {
      'package.json': JSON.stringify({
        name: 'scripts',
        private: true,
        workspaces: { packages: ['packages/*'] },
      }),
      'packages/a/package.json': JSON.stringify({
        name: 'a',
        version: '1.0.0',
        dependencies: { b: '1.0.0', mid: '1.0.0' },
      }),
      'packages/b/package.json': JSON.stringify({ name: 'b', version: '1.0.0' }),
    };
    const locked = await lock(files);
    const { untilCurrent, untilRejected, versionOf } = await start();
    await untilCurrent(await code.push({ ...files, 'yarn.lock': locked }));
    expect([await versionOf('b'), await versionOf('mid')]).toEqual(['1.0.0', '1.0.0']);
    // For which yarn itself would take the newest, whatever --frozen-lockfile says.
    const more = JSON.stringify({ name: 'b', version: '1.0.0', dependencies: { leaf: '^2.0.0' } });
    const outdated = await code.push({
      ...files,
      'yarn.lock': locked,
      'packages/b/package.json': more,
    });
    expect(await untilRejected(outdated)).toMatchObject({
      code: 'GITCRON_E_LOCKFILE',
      willRetry: false,
      reason: expect.stringContaining('leaf@^2.0.0'),
    });
  });

  it('is refused where it lacks what a package asks for, or is half merged; check says the same', async () => {
    const { lock, code, start, leaf } = await stage();
    const locked = await lock({ 'package.json': MANIFEST });
    const lacking = locked.replace(LEAF, `${leaf(['^1.0.0'], '1.2.0')}\n`);
    const merging = locked.replace(LEAF, (entry) => `<<<<<<< HEAD\n${entry}=======\n>>>>>>> b\n`);
    const { untilRejected } = await start();
    for (const [lockfile, words] of [
      [lacking, 'leaf@^1.1.0'],
      [merging, 'marks of a merge'],
      ['', 'old@1.0.0, mid@1.0.0'],
    ] as const) {
      const files = {
        'app/crontab.txt': '@daily true\n',
        'package.json': MANIFEST,
        'yarn.lock': lockfile,
      };
      expect(await untilRejected(await code.push(files))).toMatchObject({
        code: 'GITCRON_E_LOCKFILE',
        willRetry: false,
        reason: expect.stringContaining(words),
      });
      const root = await temporaryDirectory();
      await writeTree(root, files);
      await using check = new GitcronProcess(['check'], { cwd: root });
      expect(await check.end()).toBe(65);
      expect(check.output).toContain(words);
    }
  });

  it('is refused after the install where an entry contradicts itself', async () => {
    const { lock, code, start, leaf } = await stage();
    const locked = await lock({ 'package.json': MANIFEST });
    const wrong = locked.replace(LEAF, `${leaf(['^1.0.0', '^1.1.0'], '2.0.0')}\n`);
    const { untilRejected, volume } = await start();
    const revision = await code.push({ 'package.json': MANIFEST, 'yarn.lock': wrong });
    expect(await untilRejected(revision)).toMatchObject({
      code: 'GITCRON_E_LOCKFILE',
      willRetry: false,
      reason: expect.stringContaining('leaf 1.5.0 (locked: 2.0.0)'),
    });
    await expect(readFile(join(volume.current, 'package.json'))).rejects.toThrow('ENOENT');
  });

  it.each(['cut short', 'portal', 'unavailable', 'not published yet'] as const)(
    'is tried again while the registry is %s',
    async (mood) => {
      const { registry, lock, code, start } = await stage();
      const files = {
        'package.json': MANIFEST,
        'yarn.lock': await lock({ 'package.json': MANIFEST }),
      };
      registry.mood = mood;
      const { untilCurrent, untilRejected, log } = await start();
      const revision = await code.push(files);
      expect(await untilRejected(revision)).toMatchObject({
        code: 'GITCRON_E_INSTALL',
        willRetry: true,
        reason: expect.stringMatching(/^Installing package.json failed: \S/),
      });
      expect(log.join('')).not.toContain('progressTick');
      registry.mood = 'well';
      await untilCurrent(revision);
    },
  );

  it('waits for a registry that is away, however long', async () => {
    const { registry, lock, code, start } = await stage();
    const files = {
      'package.json': MANIFEST,
      'yarn.lock': await lock({ 'package.json': MANIFEST }),
    };
    await registry.close();
    const { follower } = await start();
    await code.push(files);
    await expect
      .poll(() => follower.rejected, { timeout: 60_000 })
      .toMatchObject({ reason: expect.stringContaining('ECONNREFUSED'), tries: 4 });
  });

  it.each([
    ['yarn@4.1.0', 1],
    ['yarn@1.22.19+sha1.abc', 0],
    ['pnpm@9.0.0', 1],
    ['garbage', 1],
  ])('is what counts where packageManager says %s', async (packageManager, warnings) => {
    const { lock } = await stage();
    const root = await temporaryDirectory();
    await writeTree(root, {
      'app/crontab.txt': '@daily true\n',
      'package.json': JSON.stringify({ ...ASKS, packageManager }),
      'yarn.lock': await lock({ 'package.json': MANIFEST }),
    });
    await using check = new GitcronProcess(['check', '--json'], { cwd: root });
    await check.end();
    expect(JSON.parse(check.output).dependencies).toMatchObject({ error: null });
    expect(JSON.parse(check.output).dependencies.warnings).toHaveLength(warnings);
  });
});

it('runs the scripts of packages, and of the project, as yarn does', async () => {
  const { registry, lock, code, start } = await stage();
  await registry.publish('built', { manifest: { scripts: { install: 'echo 1 > made.txt' } } });
  const manifest = JSON.stringify({
    name: 'scripts',
    dependencies: { built: '1.0.0' },
    scripts: { postinstall: 'cp node_modules/built/made.txt made.txt' },
  });
  const locked = await lock({ 'package.json': manifest });
  const { untilCurrent, volume } = await start();
  await untilCurrent(await code.push({ 'package.json': manifest, 'yarn.lock': locked }));
  expect(await readFile(join(volume.current, 'made.txt'), 'utf8')).toBe('1\n');
});

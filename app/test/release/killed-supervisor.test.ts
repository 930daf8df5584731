import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { access, mkdir, readdir, readFile, rm, watch, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { currentRevision, listReleases } from '../../src/release/release.ts';
import { stateVolume, type StateVolume } from '../../src/release/state-volume.ts';
import { CodeVolume, type Files } from './support/code-volume.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { processesWith } from '../../../base/test/processes.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';
import { until } from '../../../base/test/until.ts';

const PROGRAM = fileURLToPath(new URL('support/follow-until-killed.ts', import.meta.url));

/** So many that copying them takes a while. */
const FILES: Files = Object.fromEntries(
  Array.from({ length: 500 }, (_, index) => [`lib/${index % 10}/${index}.js`, `// ${index}\n`]),
);

async function stage() {
  const root = await temporaryDirectory();
  const registry = await startNpmRegistry();
  for (const name of ['one', 'two', 'three', 'four']) {
    // The file that the install script writes last tells whether the set is whole.
    await registry.publish(name, { manifest: { scripts: { install: 'sleep 0.2; : > whole' } } });
  }
  const code = new CodeVolume(join(root, 'code'));
  const state = join(root, 'state');
  await mkdir(state);
  const start = (): ChildProcess => {
    const options = { source: code.directory, state, registry: registry.url };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  return { root, registry, code, volume: stateVolume(state), start };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Whatever counts as there is whole. */
async function expectNothingHalf(volume: StateVolume, root: string): Promise<void> {
  for (const set of await readdir(volume.dependencies).catch(() => [])) {
    if (set.startsWith('.unfinished-')) continue;
    const [name = ''] = (await readdir(join(volume.dependencies, set, 'node_modules'))).filter(
      (entry) => !entry.startsWith('.'),
    );
    await access(join(volume.dependencies, set, 'node_modules', name, 'whole'));
  }
  const releases = await listReleases(volume).catch(() => []);
  for (const { directory } of releases) {
    for (const [path, content] of Object.entries(FILES)) {
      expect(await readFile(join(directory, path), 'utf8')).toBe(content);
    }
    await access(join(directory, 'node_modules/.package-lock.json'));
  }
  const current = await currentRevision(volume);
  expect([null, ...releases.map(({ name }) => name.revision)]).toContain(current);
  await until(() => processesWith(root).length === 0);
}

async function expectRecovery(
  { start, volume, root }: Awaited<ReturnType<typeof stage>>,
  revision: string,
): Promise<void> {
  const child = start();
  await until(async () => (await currentRevision(volume)) === revision);
  await until(() => existsSync(volume.runtimeCrontab));
  await until(async () => {
    const all = [volume.root, volume.releases, volume.dependencies].map((path) => readdir(path));
    return (await Promise.all(all)).flat().every((name) => !name.startsWith('.unfinished-'));
  });
  await kill(child);
  await expectNothingHalf(volume, root);
}

describe('a supervisor that is killed', { timeout: 120_000 }, () => {
  it('in the middle of an install leaves no process and nothing that counts as installed', async () => {
    const scene = await stage();
    const { code, registry, volume, root, start } = scene;
    const isPatient = join(root, 'patient');
    await writeFile(isPatient, '');
    // Deaf to everything but SIGKILL, and it writes nothing that could fail.
    await registry.publish('stubborn', {
      manifest: {
        scripts: {
          install: `trap '' TERM HUP PIPE; while [ -e ${isPatient} ]; do sleep 0.1; done; : > whole`,
        },
      },
    });
    const revision = await code.push({ ...FILES, 'package.json': manifestFor('stubborn') });
    const child = start();
    await until(() => processesWith(isPatient).length > 0);
    await kill(child);
    await expectNothingHalf(volume, root);
    expect(await listReleases(volume)).toEqual([]);
    await rm(isPatient);
    await expectRecovery(scene, revision);
  });

  it('in the middle of the copy starts it anew', async () => {
    const scene = await stage();
    const { code, volume, root, start } = scene;
    const revision = await code.push({ ...FILES, 'package.json': manifestFor('one') });
    await mkdir(volume.releases, { recursive: true });
    const changes = watch(volume.releases)[Symbol.asyncIterator]();
    const child = start();
    await changes.next();
    await kill(child);
    await expectNothingHalf(volume, root);
    expect(await currentRevision(volume)).toBeNull();
    await expectRecovery(scene, revision);
  });

  it('right after the link was swapped goes on with the new release', async () => {
    const scene = await stage();
    const { code, volume, root, start } = scene;
    const revision = await code.push({ ...FILES, 'package.json': manifestFor('one') });
    const changes = watch(volume.root);
    const child = start();
    for await (const { filename } of changes) if (filename === 'current') break;
    await kill(child);
    await expectNothingHalf(volume, root);
    await expectRecovery(scene, revision);
    expect(await readFile(volume.runtimeCrontab, 'utf8')).toContain('echo hello');
  });

  it('at any moment recovers without help', async () => {
    const scene = await stage();
    const { code, volume, root, start } = scene;
    const names = ['one', 'two', 'three', 'four'];
    let revision = '';
    for (const round of Array(8).keys()) {
      const manifest = manifestFor(names[round % names.length] ?? 'one');
      revision = await code.push({ ...FILES, 'package.json': manifest });
      const child = start();
      // The moment is the test's subject, not something to wait for.
      await delay(300 + Math.random() * 2000);
      await kill(child);
      await expectNothingHalf(volume, root);
    }
    await expectRecovery(scene, revision);
    expect(await currentRevision(volume)).toBe(revision);
  });
});

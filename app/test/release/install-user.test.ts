import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { currentRevision } from '../../src/release/release.ts';
import { stateVolume } from '../../src/release/state-volume.ts';
import { CodeVolume } from './support/code-volume.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { processesWith } from '../../../base/test/processes.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';
import { until } from '../../../base/test/until.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

const PROGRAM = fileURLToPath(new URL('support/follow-until-killed.ts', import.meta.url));

/** Nobody else's on this machine, nor of another run of these tests: all its processes are ended. */
const INSTALLER = 20_000 + (process.pid % 20_000);

/** What docker-compose.yml leaves to root: it may not read or change what it does not own. */
const AS_IN_THE_CONTAINER = [
  '--bounding-set=-all,+setuid,+setgid,+kill,+chown',
  '--inh-caps=-all',
  '--no-new-privs',
];

/** Leaves what an install script may leave, and tries what it must not be able to do. */
const NASTY_SCRIPT = `
id -u > uid
env > environment
mkdir closed shut open
echo secret > closed/file; chmod 700 closed
echo secret > shut/file; chmod 000 shut
echo all > open/file; chmod 777 open/file open
echo run > suid; chmod 4755 suid
ln index.js twin.js
ln -s /etc/shadow link
chmod 600 index.js
touch "$STATE/intruder" "$STATE/releases/intruder" 2> refused
ln "$STATE/private" hard-link 2>> refused
exit 0
`;

/** Leaves its group, its session, its environment and its parent, and ends who guards it. */
const ESCAPING_SCRIPT = `
setsid env -i PATH="$PATH" sh escaped.sh $ROOT </dev/null >/dev/null 2>&1 &
until [ -e escaped ]; do sleep 0.05; done
`;

/** Holds a file of the package open, to write into it when it has changed hands. */
const ESCAPED_SCRIPT = `
trap '' TERM HUP INT
exec 7>>index.js
kill -KILL $(grep -lsa gitcron-install-guard /proc/[0-9]*/cmdline | cut -d/ -f3)
: > escaped
while :; do sleep 0.2; echo intruder >&7; done
`;

async function stage(packageFile = 'package.json') {
  const root = await temporaryDirectory();
  const registry = await startNpmRegistry();
  const code = new CodeVolume(join(root, 'code'));
  const state = join(root, 'state');
  const volume = stateVolume(state);
  await mkdir(state);
  await writeFile(join(state, 'private'), 'of the supervisor', { mode: 0o600 });
  const script = NASTY_SCRIPT.replaceAll('$STATE', state);
  await registry.publish('nasty', {
    manifest: { scripts: { install: 'sh nasty.sh' }, bin: { nasty: 'index.js' } },
    files: { 'nasty.sh': script },
  });
  await registry.publish('endless', {
    manifest: { scripts: { install: `sleep 600; : ${root}` } },
  });
  for (const [name, then] of [
    ['escaping', ''],
    ['escaping-endless', 'sleep 600'],
  ] as const) {
    await registry.publish(name, {
      manifest: { scripts: { install: 'sh install.sh' } },
      files: {
        'install.sh': `${ESCAPING_SCRIPT.replaceAll('$ROOT', root)}${then}`,
        'escaped.sh': ESCAPED_SCRIPT,
      },
    });
  }
  const options = {
    source: code.directory,
    state,
    registry: registry.url,
    packageFile,
    installUser: `${INSTALLER}:${INSTALLER}`,
  };
  const start = () => {
    const args = [...AS_IN_THE_CONTAINER, process.execPath, PROGRAM, JSON.stringify(options)];
    const child = spawn('setpriv', args, {
      env: { ...process.env, SECRET_OF_SUPERVISOR: 'hush', DATABASE_URL: 'postgres://hush' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const log: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => log.push(bytes));
    onTestFinished(({ task }) => {
      child.kill('SIGKILL');
      if (task.result?.state === 'fail') console.error(Buffer.concat(log).toString());
    });
    return child;
  };
  const untilCurrent = (revision: string) =>
    until(async () => (await currentRevision(volume)) === revision);
  return { root, code, registry, volume, start, untilCurrent };
}

const isUnfinished = (name: string) => name.startsWith('.unfinished-');

async function expectOnlyOurs(directory: string): Promise<void> {
  const find = (...args: string[]) => execa('find', [directory, ...args], { lines: true });
  expect((await find('!', '-uid', '0')).stdout).toEqual([]);
  expect((await find('!', '-type', 'l', '-perm', '/022')).stdout).toEqual([]);
  expect((await find('-perm', '/6000')).stdout).toEqual([]);
  expect((await find('!', '-type', 'l', '!', '-perm', '-004')).stdout).toEqual([]);
}

const canChangeUser = process.platform === 'linux' && process.getuid?.() === 0;

// Changing to another user takes root: elsewhere there is nothing to test.
describe.runIf(canChangeUser)('an install as another user, by root with four capabilities', () => {
  it('hands everything over, keeps secrets, and deletes it again', async () => {
    const { root, code, volume, start, untilCurrent } = await stage();
    await code.push({ 'package.json': manifestFor('nasty') });
    const first = await code.push({ 'package.json': manifestFor('nasty') });
    await execa('chown', ['-R', '61002:61002', code.directory]);
    start();
    await untilCurrent(first);
    await expectOnlyOurs(volume.dependencies);
    await expectOnlyOurs(volume.releases);
    const installed = join(volume.current, 'node_modules/nasty');
    expect(await readFile(join(installed, 'uid'), 'utf8')).toBe(`${INSTALLER}\n`);
    expect(await readFile(join(installed, 'environment'), 'utf8')).not.toContain('hush');
    expect(await readFile(join(installed, 'shut/file'), 'utf8')).toBe('secret\n');
    const twins = await Promise.all(
      ['index.js', 'twin.js'].map((name) => stat(join(installed, name))),
    );
    expect(twins[0]?.ino).toBe(twins[1]?.ino);
    expect((await readFile(join(installed, 'refused'), 'utf8')).split('\n')).toHaveLength(4);
    expect((await stat(join(volume.root, 'private'))).mode & 0o777).toBe(0o600);
    expect(await readdir(volume.root)).not.toContain('intruder');

    const second = await code.push({ 'a.js': '' });
    await untilCurrent(second);
    await until(async () => (await readdir(volume.dependencies)).length === 0);
    expect((await readdir(volume.releases)).toSorted()).toEqual([second, `${second}.json`]);
    expect(processesWith(root)).toHaveLength(1);
  });

  it('works inside the release where the install needs the code', async () => {
    const { code, volume, start, untilCurrent } = await stage('jobs/package.json');
    const manifest = {
      name: 'jobs',
      scripts: { postinstall: 'mkdir made && id -u > made/uid && chmod 700 made' },
    };
    const revision = await code.push({ 'jobs/package.json': JSON.stringify(manifest) });
    start();
    await untilCurrent(revision);
    await expectOnlyOurs(volume.releases);
    expect(await readFile(join(volume.current, 'jobs/made/uid'), 'utf8')).toBe(`${INSTALLER}\n`);
  });

  it('ends with all its processes, wherever they hid, before root takes its files', async () => {
    const { root, code, volume, start, untilCurrent } = await stage();
    const revision = await code.push({ 'package.json': manifestFor('escaping') });
    start();
    await untilCurrent(revision);
    const installed = join(volume.current, 'node_modules/escaping');
    expect(await readdir(installed)).toContain('escaped');
    expect(processesWith(`escaped.sh ${root}`)).toEqual([]);
    await expectOnlyOurs(volume.dependencies);
  });

  it('is ended by the next supervisor when both it and its guard were killed', async () => {
    const { root, code, volume, start, untilCurrent } = await stage();
    await code.push({ 'package.json': manifestFor('escaping-endless') });
    const child = start();
    const escaped = () => processesWith(`escaped.sh ${root}`);
    await until(() => escaped().length > 0);
    // The file of that name is made when the guard is dead.
    const hasEscaped = () => execa('find', [volume.dependencies, '-name', 'escaped']);
    await until(async () => (await hasEscaped()).stdout !== '');
    child.kill('SIGKILL');
    await until(() => processesWith(PROGRAM).every((line) => !line.includes(root)));
    expect(escaped()).toHaveLength(1);
    expect((await readdir(volume.root)).filter(isUnfinished)).toHaveLength(1);
    const newer = await code.push({});
    start();
    await untilCurrent(newer);
    expect(escaped()).toEqual([]);
    expect((await readdir(volume.root)).filter(isUnfinished)).toEqual([]);
    expect(await readdir(volume.dependencies)).toEqual([]);
  });

  it('is ended when a newer revision comes, and what it left is cleared away', async () => {
    const { root, code, volume, start, untilCurrent } = await stage();
    await code.push({ 'package.json': manifestFor('endless') });
    start();
    await until(() => processesWith('sleep 600').some((line) => line.includes(root)));
    const newer = await code.push({});
    await untilCurrent(newer);
    expect(await readdir(volume.dependencies)).toEqual([]);
    expect(processesWith('sleep 600').filter((line) => line.includes(root))).toEqual([]);
  });

  it('leaves nothing behind when the supervisor is killed, and the next one clears up', async () => {
    const { root, code, volume, start, untilCurrent } = await stage();
    await code.push({ 'package.json': manifestFor('endless') });
    const child = start();
    await until(() => processesWith('sleep 600').some((line) => line.includes(root)));
    child.kill('SIGKILL');
    await until(() => processesWith('sleep 600').every((line) => !line.includes(root)));
    const newer = await code.push({});
    start();
    await untilCurrent(newer);
    expect(await readdir(volume.dependencies)).toEqual([]);
  });
});

import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CodedError } from '@gitcron/base/coded-error';
import { detectDependencies } from '../../src/release/dependencies/detect.ts';
import { pnpmVersion } from '../../src/release/dependencies/pnpm.ts';
import { GitcronProcess } from '../gitcron-process.ts';
import { CodeVolume, writeTree, type Files } from './support/code-volume.ts';
import { follow } from './support/following.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { startPythonIndex } from './support/python-index.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const YARN = join(
  dirname(createRequire(import.meta.url).resolve('@yarnpkg/cli-dist/package.json')),
  'bin/yarn.js',
);
const hasUv = spawnSync('uv', ['--version']).status === 0;
const hasVenv = spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0;

/** Makes a wheel without anything that would have to be downloaded (PEP 517). */
const BACKEND = `
import zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name, info = 'ours-1-py3-none-any.whl', 'ours-1.dist-info/'
    with zipfile.ZipFile(directory + '/' + name, 'w') as wheel:
        wheel.write('ours.py')
        wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: ours\\nVersion: 1\\nProvides-Extra: dev\\n')
        wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr(info + 'RECORD', '')
    return name
`;

const PNPM_LOCK = "lockfileVersion: '9.0'\n";
const BERRY = '__metadata:\n  version: 8\n  cacheKey: 10c0\n';
const ASKS = '[project]\nname = "jobs"\nversion = "1"\ndependencies = ["greeting==1.0"]\n';
const ASKS_NOT = '[tool.ruff]\nline-length = 100\n';
const GROUPS = '[project]\nname = "jobs"\nversion = "1"\n[dependency-groups]\ndev = ["pytest"]\n';
const NPM_LOCK = '{"lockfileVersion":3,"packages":{"node_modules/good":{"version":"1.0.0"}}}';

function asking(packageManager: string): string {
  return JSON.stringify({ packageManager, dependencies: { good: '1.0.0' } });
}

/** What a release says of a repository: by which managers, with which doubts, or why not. */
async function verdict(files: Files, packageFile = 'package.json') {
  const root = await temporaryDirectory();
  await writeTree(root, files);
  try {
    const { requests, warnings } = await detectDependencies(root, packageFile);
    const managers = requests.map(({ manager, directory }) => `${manager.name} in ${directory}`);
    return { managers, warnings };
  } catch (error) {
    if (error instanceof CodedError) return { code: error.code, hint: error.hint };
    throw error;
  }
}

/** Nobody's yarn, and no cache of corepack's. */
async function withoutYarn(): Promise<void> {
  const nowhere = await temporaryDirectory();
  vi.stubEnv('COREPACK_HOME', nowhere);
  vi.stubEnv('PATH', dirname(process.execPath));
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('a lockfile that nothing here reads is refused', () => {
  it.each<[string, Files, RegExp]>([
    ['of yarn 2', { 'yarn.lock': BERRY }, /yarn set version/],
    ['of bun', { 'bun.lock': '{}' }, /npm install/],
    ['of bun, binary', { 'bun.lockb': '\0' }, /npm install/],
    ['of yarn 1 that is outdated', { 'yarn.lock': '# yarn lockfile v1\n' }, /Run yarn install/],
  ])('%s', async (_name, files, hint) => {
    await withoutYarn();
    const manifest = { 'package.json': manifestFor('good') };
    expect(await verdict({ ...manifest, ...files })).toEqual({
      code: 'GITCRON_E_LOCKFILE',
      hint: expect.stringMatching(hint),
    });
    // Where it makes no difference, it is no reason.
    const { warnings } = await verdict({ 'package.json': '{}', ...files });
    expect(warnings).toHaveLength(1);
    const { managers } = await verdict({ ...manifest, ...files, 'package-lock.json': NPM_LOCK });
    expect(managers).toEqual(['npm in .']);
  });

  it.each<[string, Files, RegExp]>([
    [
      'of npm that is outdated',
      { 'package-lock.json': '{"lockfileVersion":3,"packages":{}}' },
      /Run npm install/,
    ],
    [
      'of npm 6 that is outdated',
      { 'package-lock.json': '{"lockfileVersion":1,"dependencies":{}}' },
      /Run npm install/,
    ],
    ['of npm that is no JSON', { 'package-lock.json': '' }, /rm package-lock.json && npm install/],
    ['of npm that is none', { 'npm-shrinkwrap.json': '{}' }, /rm npm-shrinkwrap.json/],
    ['of npm, half merged', { 'package-lock.json': `<<<<<<< HEAD\n${NPM_LOCK}` }, /which resolves/],
    ['of pnpm 8', { 'pnpm-lock.yaml': "lockfileVersion: '6.0'\n" }, /pnpm@10 install/],
    ['of pnpm 7', { 'pnpm-lock.yaml': 'lockfileVersion: 5.4\n' }, /pnpm@10 install/],
    ['of a pnpm to come', { 'pnpm-lock.yaml': "lockfileVersion: '10.0'\n" }, /pnpm 9 or 10/],
    ['of pnpm that is none', { 'pnpm-lock.yaml': '' }, /pnpm@10 install/],
    ['of pnpm, half merged', { 'pnpm-lock.yaml': `<<<<<<< HEAD\n${PNPM_LOCK}` }, /which resolves/],
  ])('%s', async (_name, files, hint) => {
    expect(await verdict({ 'package.json': manifestFor('good'), ...files })).toEqual({
      code: 'GITCRON_E_LOCKFILE',
      hint: expect.stringMatching(hint),
    });
  });

  it.each<[string, Files]>([
    ['pylock.toml', { 'pylock.toml': 'lock-version = "1.0"\n' }],
    ['Pipfile', { Pipfile: '[packages]\nrequests = "*"\n' }],
    [
      'of poetry, with groups only',
      {
        'pyproject.toml': '[tool.poetry.group.dev.dependencies]\npytest = "*"\n',
        'poetry.lock': '',
      },
    ],
    ['pyproject.toml', { 'pyproject.toml': ASKS }],
    [
      'of poetry',
      {
        'pyproject.toml': '[tool.poetry.dependencies]\npython = "^3"\ngreeting = "^1"\n',
        'poetry.lock': '',
      },
    ],
    ['of pipenv', { 'Pipfile.lock': '{}' }],
  ])('%s', async (_name, files) => {
    expect(await verdict(files)).toMatchObject({
      code: 'GITCRON_E_LOCKFILE',
      hint: expect.stringContaining('requirements.txt'),
    });
    const beside = await verdict({ ...files, 'requirements.txt': 'greeting==1.0\n' });
    expect(beside.managers).toEqual(['pip in .']);
    expect(beside.warnings).toHaveLength(Object.keys(files).length);
    expect(beside.warnings?.[0]).toContain('is not read: requirements.txt says');
  });

  it('of yarn 2, also where packageManager asks for a yarn 1 that is here', async () => {
    await withoutYarn();
    const kept = join(process.env['COREPACK_HOME'] ?? '', 'v1/yarn/1.22.22');
    await mkdir(kept, { recursive: true });
    await writeFile(join(kept, 'yarn.js'), '');
    const files = { 'package.json': asking('yarn@1.22.22+sha1.abc'), 'yarn.lock': BERRY };
    expect(await verdict(files)).toEqual({
      code: 'GITCRON_E_LOCKFILE',
      hint: expect.stringContaining('yarn set version stable'),
    });
  });

  it.skipIf(hasUv)('of uv, where uv is not installed', async () => {
    const files = { 'pyproject.toml': ASKS, 'uv.lock': 'version = 1\n' };
    expect(await verdict(files)).toMatchObject({
      code: 'GITCRON_E_LOCKFILE',
      hint: expect.stringContaining('uv export'),
    });
    const beside = await verdict({ ...files, 'requirements.txt': 'greeting==1.0\n' });
    expect(beside).toMatchObject({
      managers: ['pip in .'],
      warnings: [expect.any(String), expect.any(String)],
    });
  });

  it.each<[string, Files]>([
    ['a pyproject.toml that names no dependencies', { 'pyproject.toml': ASKS_NOT }],
    ['groups for whoever works on the code', { 'pyproject.toml': GROUPS }],
    [
      'no lockfile beside extras',
      { 'pyproject.toml': '[project.optional-dependencies]\na = ["b"]\n' },
    ],
    ['a Pipfile that names none', { Pipfile: '[packages]\n', 'Pipfile.lock': '{}' }],
    ['a uv.lock without its project', { 'uv.lock': 'version = 1\n' }],
  ])('but not %s', async (_name, files) => {
    expect(await verdict(files)).toEqual({
      managers: [],
      warnings: [expect.stringMatching(/not read/)],
    });
  });

  it.skipIf(hasUv)('but groups are, where a lockfile names their versions', async () => {
    const files = { 'pyproject.toml': GROUPS, 'uv.lock': 'version = 1\n' };
    expect(await verdict(files)).toMatchObject({ code: 'GITCRON_E_LOCKFILE' });
  });

  it('of which the mistake is told in words', async () => {
    const root = await temporaryDirectory();
    await writeTree(root, { 'pyproject.toml': '[project]\ndependencies = "a"\n' });
    await expect(detectDependencies(root, 'package.json')).rejects.toMatchObject({
      code: 'GITCRON_E_MANIFEST',
      cause: { message: 'project.dependencies: Invalid input: expected array, received string' },
    });
  });

  it('and takes a byte order mark where managers do', async () => {
    const mark = '\uFEFF';
    const manifest = { 'package.json': mark + manifestFor('good') };
    const npm = await verdict({ ...manifest, 'package-lock.json': mark + NPM_LOCK });
    expect(npm).toEqual({ managers: ['npm in .'], warnings: [] });
    const pnpm = await verdict({ ...manifest, 'pnpm-lock.yaml': mark + PNPM_LOCK });
    expect(pnpm).toEqual({ managers: ['pnpm in .'], warnings: [] });
  });
});

describe('which lockfile is read', () => {
  it.each<[string, Files, string, number]>([
    ['what packageManager says', { 'package.json': asking('npm@11.0.0') }, 'npm', 1],
    ['pnpm without it', { 'package.json': manifestFor('good') }, 'pnpm', 1],
    ['another pnpm is told', { 'package.json': asking('pnpm@9.1.0') }, 'pnpm', 2],
    ['one that nobody knows is told', { 'package.json': asking('garbage') }, 'pnpm', 2],
    ['one that is not there is told', { 'package.json': asking('bun@1.2.0') }, 'pnpm', 2],
  ])('%s', async (_name, files, manager, count) => {
    const locks = { 'package-lock.json': NPM_LOCK, 'pnpm-lock.yaml': PNPM_LOCK };
    const { managers, warnings } = await verdict({ ...locks, ...files });
    expect(managers).toEqual([`${manager} in .`]);
    expect(warnings).toHaveLength(count);
  });

  it('the same pnpm is nothing to tell', async () => {
    const manifest = asking(`pnpm@${await pnpmVersion()}+sha512.abc`);
    const { warnings } = await verdict({ 'package.json': manifest, 'pnpm-lock.yaml': PNPM_LOCK });
    expect(warnings).toEqual([]);
  });
});

describe('PACKAGE_FILE says where one manifest is', () => {
  it.each([
    ['py/requirements.txt', ['npm in .', 'pip in py']],
    ['py/prod.txt', ['npm in .', 'pip in py']],
    ['jobs/package.json', ['npm in jobs', 'pip in .']],
  ])('%s, and that of the other language is found', async (packageFile, managers) => {
    const files = {
      'package.json': '{}',
      'requirements.txt': 'greeting==1.0\n',
      [packageFile]: '{}',
    };
    expect((await verdict(files, packageFile)).managers).toEqual(managers);
  });

  it.each<[string, Files]>([
    ['npm', { 'package.json': '{"workspaces":["jobs/*"]}', 'package-lock.json': NPM_LOCK }],
    ['yarn', { 'package.json': '{"workspaces":{"packages":["jobs/a"]}}', 'yarn.lock': '' }],
    [
      'pnpm',
      {
        'pnpm-workspace.yaml': 'packages: [jobs/*]\n',
        'pnpm-lock.yaml': `${PNPM_LOCK}importers:\n  jobs/a:\n    dependencies: {}\n`,
      },
    ],
  ])('but not that of a member of a workspace of %s', async (_name, files) => {
    const member = { 'jobs/a/package.json': manifestFor('good') };
    expect(await verdict({ ...files, ...member }, 'jobs/a/package.json')).toEqual({
      code: 'GITCRON_E_LOCKFILE',
      hint: expect.stringMatching(/^Set PACKAGE_FILE to package.json:/),
    });
    const itself = await verdict(
      { ...member, 'package-lock.json': NPM_LOCK },
      'jobs/a/package.json',
    );
    expect(itself.managers).toEqual(['npm in jobs/a']);
  });

  it('and it has to be there', async () => {
    expect(await verdict({ 'package.json': '{}' }, 'py/requirements.txt')).toMatchObject({
      code: 'GITCRON_E_NO_MANIFEST',
    });
  });
});

it.each([
  ['\uFEFF{"dependencies":{"good":"1.0.0"}}'],
  ['{"dependencies":null,"devDependencies":false,"optionalDependencies":[],"scripts":[]}'],
  ['{"workspaces":[],"scripts":{"install":1},"overrides":[]}'],
])('takes a package.json as npm does: %s', async (text) => {
  const registry = await startNpmRegistry();
  await registry.publish('good');
  const code = new CodeVolume(join(await temporaryDirectory(), 'code'));
  const revision = await code.push({ 'package.json': text });
  const { untilCurrent, events } = await follow({
    source: code.directory,
    state: `${code.directory}-state`,
    registry,
  });
  await untilCurrent(revision);
  expect(events('revision_rejected')).toEqual([]);
});

/** A repository that was locked with yarn on a laptop, and a registry that has what it asks for. */
async function lockedWithYarn() {
  const registry = await startNpmRegistry();
  for (const name of ['good', 'other']) await registry.publish(name);
  const environment = {
    YARN_NPM_REGISTRY_SERVER: registry.url,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_HARDENED_MODE: '0',
    // The registry of the tests does not say when a package was published.
    YARN_NPM_MINIMAL_AGE_GATE: '0',
  };
  const laptop = await temporaryDirectory();
  const { version } = JSON.parse(await readFile(join(dirname(YARN), '../package.json'), 'utf8'));
  const manifest = { packageManager: `yarn@${version}`, dependencies: { good: '^1.0.0' } };
  await writeFile(join(laptop, 'package.json'), JSON.stringify(manifest));
  await execa(process.execPath, [YARN, 'install', '--mode=update-lockfile'], {
    cwd: laptop,
    env: { ...environment, YARN_GLOBAL_FOLDER: join(laptop, 'global') },
  });
  const files = {
    'package.json': JSON.stringify(manifest),
    'yarn.lock': await readFile(join(laptop, 'yarn.lock'), 'utf8'),
  };
  const code = new CodeVolume(join(await temporaryDirectory(), 'code'));
  const start = () =>
    follow({ source: code.directory, state: `${code.directory}-state`, registry, environment });
  return { version, manifest, files, code, start };
}

describe('yarn 2 and newer', () => {
  it('that the repository has committed installs what its lockfile says, and no other', async () => {
    const { manifest, files, code, start } = await lockedWithYarn();
    await withoutYarn();
    const withYarn = {
      ...files,
      '.yarnrc.yml': 'yarnPath: .yarn/releases/yarn.cjs\n',
      '.yarn/releases/yarn.cjs': await readFile(YARN),
    };
    const revision = await code.push(withYarn);
    const { untilCurrent, untilRejected, volume } = await start();
    await untilCurrent(revision);
    const installed = join(volume.current, 'node_modules/good/package.json');
    expect(JSON.parse(await readFile(installed, 'utf8')).version).toBe('1.0.0');

    const more = { ...manifest, dependencies: { good: '^1.0.0', other: '^1.0.0' } };
    const outdated = await code.push({ ...withYarn, 'package.json': JSON.stringify(more) });
    expect(await untilRejected(outdated)).toMatchObject({
      willRetry: false,
      reason: expect.stringContaining('YN0028'),
    });
  });

  it('that corepack keeps is used, and nothing else is downloaded', async () => {
    const { version, files, code, start } = await lockedWithYarn();
    await withoutYarn();
    const revision = await code.push(files);
    const { untilCurrent, untilRejected } = await start();
    expect(await untilRejected(revision)).toMatchObject({
      code: 'GITCRON_E_LOCKFILE',
      reason: expect.stringContaining(`yarn ${version}`),
    });
    const kept = join(process.env['COREPACK_HOME'] ?? '', 'v1/yarn', version);
    await mkdir(kept, { recursive: true });
    await cp(YARN, join(kept, 'yarn.js'));
    await untilCurrent(await code.push(files));
  });
});

it('shows what an install that worked warns of', async () => {
  const registry = await startNpmRegistry();
  await registry.publish('built', { manifest: { scripts: { install: 'true' } } });
  const { integrity } = JSON.parse(registry.lockfile('built')).packages['node_modules/built'];
  const lockfile = `lockfileVersion: '9.0'
settings: { autoInstallPeers: true, excludeLinksFromLockfile: false }
importers:
  .:
    dependencies:
      built: { specifier: 1.0.0, version: 1.0.0 }
packages:
  built@1.0.0:
    resolution: { integrity: ${integrity} }
snapshots:
  built@1.0.0: {}
`;
  const code = new CodeVolume(join(await temporaryDirectory(), 'code'));
  const revision = await code.push({
    'package.json': manifestFor('built'),
    'pnpm-lock.yaml': lockfile,
  });
  const { untilCurrent, log } = await follow({
    source: code.directory,
    state: `${code.directory}-state`,
    registry,
  });
  await untilCurrent(revision);
  const warnings = log.map((line) => JSON.parse(line)).filter(({ level }) => level === 40);
  expect(warnings.map(({ msg }) => msg)).toContainEqual(
    expect.stringContaining('pnpm: Ignored build scripts: built'),
  );
});

describe.runIf(hasVenv)('requirements.txt', () => {
  it.each(['.[dev]', '. ; python_version > "3"', './.'])(
    'installs the code by "%s"',
    async (line) => {
      const index = await startPythonIndex();
      const code = new CodeVolume(join(await temporaryDirectory(), 'code'));
      const revision = await code.push({
        'requirements.txt': `${line}\n`,
        'pyproject.toml':
          '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        'backend.py': BACKEND,
        'ours.py': 'print("ours")\n',
      });
      const { untilCurrent, follower, log } = await follow({
        source: code.directory,
        state: `${code.directory}-state`,
        environment: { PIP_INDEX_URL: index.url },
      });
      await untilCurrent(revision);
      const { directory = '', description } = follower.current ?? {};
      const PATH = [join(directory, description?.binaries[0] ?? ''), process.env['PATH']].join(
        delimiter,
      );
      const { stdout } = await execa('python', ['-c', 'import ours'], { cwd: '/', env: { PATH } });
      expect(stdout).toBe('ours');
      expect(log.join('')).not.toContain('is rejected');
    },
  );
});

it('gitcron check says the same', async () => {
  const root = await temporaryDirectory();
  await writeTree(root, {
    'app/crontab.txt': '@daily true\n',
    'package.json': manifestFor('good'),
    'bun.lock': '{}',
    'pyproject.toml': ASKS_NOT,
  });
  await using refused = new GitcronProcess(['check'], { cwd: root });
  expect(await refused.end()).toBe(65);
  expect(refused.output).toMatch(/error {2}bun.lock can be read by bun only.*GITCRON_E_LOCKFILE/);
  await writeFile(join(root, 'package-lock.json'), NPM_LOCK);
  await using allowed = new GitcronProcess(['check', '--json'], { cwd: root });
  expect(await allowed.end()).toBe(0);
  expect(JSON.parse(allowed.output).dependencies).toEqual({
    error: null,
    warnings: [
      'bun.lock is not read: package-lock.json says what is installed.',
      'pyproject.toml: not read, because no dependencies are named there.',
    ],
  });
});

import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Release } from '../../src/release/release.ts';
import { CodeVolume, writeTree } from './support/code-volume.ts';
import { follow } from './support/following.ts';
import { startPythonIndex } from './support/python-index.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const hasUv = spawnSync('uv', ['--version']).status === 0;
const hasVenv = spawnSync('python3', ['-c', 'import venv']).status === 0;

const PROJECT =
  '[project]\nname = "jobs"\nversion = "1"\nrequires-python = ">=3"\ndependencies = ["greeting==1.0"]\n';

/** Runs a command as a job of the release would. */
async function run(release: Release | null, command: string): Promise<string> {
  const { directory = '', description } = release ?? {};
  const binaries = description?.binaries.map((path) => join(directory, path)) ?? [];
  const PATH = [...binaries, process.env['PATH']].join(delimiter);
  const { stdout } = await execa({ shell: true, cwd: '/', env: { PATH } })(command);
  return stdout;
}

/**
 * What uv leaves of a project that is installed as editable, by its documentation: an environment
 * with the interpreter as a link, a path file with the absolute path of the code, and commands that
 * name the interpreter. No registry that these tests may ask has uv itself, which is proven below
 * where it is installed.
 */
const STAND_IN = `#!/bin/sh
[ "$1" = --version ] && { echo 'uv 0.9.17'; exit 0; }
printf '%s\\n' "$*" "$UV_PYTHON_DOWNLOADS $UV_PROJECT_ENVIRONMENT $UV_LINK_MODE" > asked.txt
if [ -e broken ]; then
  echo 'warning: something to know' >&2
  echo 'error: Failed to fetch: https://index.company.test/simple/greeting/' >&2
  cat broken >&2
  exit 2
fi
python3 -m venv --without-pip .venv
site=$(echo .venv/lib/python3*/site-packages)
echo "$PWD/src" > "$site/_jobs.pth"
printf '#!%s/.venv/bin/python\\nimport ours\\n' "$PWD" > .venv/bin/ours
chmod +x .venv/bin/ours
echo 'warning: something to know' >&2
`;

async function withStandIn() {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'uv'), STAND_IN);
  await chmod(join(directory, 'uv'), 0o755);
  vi.stubEnv('PATH', [directory, process.env['PATH']].join(delimiter));
  onTestFinished(() => void vi.unstubAllEnvs());
  const code = new CodeVolume(join(await temporaryDirectory(), 'code'));
  const following = await follow({ source: code.directory, state: `${code.directory}-state` });
  const files = {
    'pyproject.toml': PROJECT,
    'uv.lock': 'version = 1\n',
    'src/ours.py': 'print("ours")\n',
  };
  return { ...following, code, files };
}

describe.runIf(hasVenv)('what is around uv', () => {
  it('moves its environment with the release, with an editable project and commands', async () => {
    const { code, files, follower, untilCurrent, log } = await withStandIn();
    for (const says of ['one', 'two']) {
      await untilCurrent(await code.push({ ...files, 'src/ours.py': `print("${says}")\n` }));
      expect(await run(follower.current, 'ours; python -c "import ours"')).toBe(`${says}\n${says}`);
    }
    const asked = await readFile(join(follower.current?.directory ?? '', 'asked.txt'), 'utf8');
    expect(asked).toBe('sync --locked --no-progress --color never\nnever .venv copy\n');
    expect(log.join('')).toContain('uv: warning: something to know');
  });

  it('waits for an index that is away, and not for ever for what it cannot tell', async () => {
    const { code, files, follower, untilRejected, untilCurrent, log } = await withStandIn();
    const away = await code.push({
      ...files,
      broken: '  Caused by: tcp connect error: Connection refused (os error 111)\n',
    });
    expect(await untilRejected(away)).toMatchObject({
      willRetry: true,
      reason: expect.stringContaining('Failed to fetch: https://index.company.test'),
    });
    await expect.poll(() => follower.rejected, { timeout: 60_000 }).toMatchObject({ tries: 5 });
    expect(log.join('')).toContain('does not answer as it should');
    const outdated = await code.push({ ...files, broken: 'The lockfile needs to be updated.\n' });
    await untilRejected(outdated);
    await expect
      .poll(() => follower.rejected, { timeout: 60_000 })
      .toMatchObject({ revision: outdated, tries: 3, nextTryAt: null });
    await untilCurrent(await code.push(files));
  });
});

describe.runIf(hasUv && hasVenv)('uv itself, where it is installed', () => {
  it('installs what uv.lock says, and refuses one of another project', async () => {
    const index = await startPythonIndex();
    const environment = { UV_DEFAULT_INDEX: index.url, UV_INDEX_URL: index.url };
    const laptop = await temporaryDirectory();
    await mkdir(join(laptop, 'src'));
    await writeTree(laptop, { 'pyproject.toml': PROJECT });
    await execa('uv', ['lock'], { cwd: laptop, env: environment });
    const files = {
      'pyproject.toml': PROJECT,
      'uv.lock': await readFile(join(laptop, 'uv.lock'), 'utf8'),
    };
    const code = new CodeVolume(join(await temporaryDirectory(), 'code'));
    const { follower, untilCurrent, untilRejected } = await follow({
      source: code.directory,
      state: `${code.directory}-state`,
      environment,
    });
    await untilCurrent(await code.push(files));
    expect(await run(follower.current, 'greet')).toBe('hello from a wheel');
    const other = PROJECT.replace('greeting==1.0', 'greeting>=0.9');
    await untilRejected(await code.push({ ...files, 'pyproject.toml': other }));
  });
});

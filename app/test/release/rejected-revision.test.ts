import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { CodeVolume, type Files } from './support/code-volume.ts';
import { follow, type FollowingOptions } from './support/following.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

type More = Pick<FollowingOptions, 'change' | 'install'> & {
  /** Tries so many times that the test is done before it is final. */
  readonly slowly?: boolean;
};

/** Names what the manifest asks for, and not what that asks for. */
const GAP = JSON.stringify({
  name: 'scripts',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { name: 'scripts', dependencies: { needy: '1.0.0' } },
    'node_modules/needy': { version: '1.0.0', dependencies: { good: '1.0.0' } },
  },
});

const MANY_TRIES = {
  transient: { firstMs: 50, longestMs: 200 },
  uncertain: { tries: 100, firstMs: 50 },
};

async function running({ slowly = false, ...more }: More = {}) {
  const root = await temporaryDirectory();
  const registry = await startNpmRegistry();
  await registry.publish('good');
  await registry.publish('needy', { manifest: { dependencies: { good: '1.0.0' } } });
  await registry.publish('failing', {
    manifest: { scripts: { install: 'echo the compiler is missing >&2; exit 7' } },
  });
  const code = new CodeVolume(join(root, 'code'));
  const good = await code.push({ 'conf/package.json': '{}' });
  const following = await follow({
    source: code.directory,
    state: join(root, 'state'),
    registry,
    ...more,
    change: { ...(slowly && { backOff: MANY_TRIES }), ...more.change },
  });
  await following.untilCurrent(good);
  return { ...following, registry, code, good };
}

describe('a revision that cannot be used', () => {
  const cases: { name: string; files: Files; code: string; place: string; hint: RegExp }[] = [
    {
      name: 'the crontab is wrong',
      files: { 'app/crontab.txt': 'WRONG' },
      code: 'GITCRON_E_CRONTAB',
      place: 'app/crontab.txt:1:1',
      hint: /Mend it/,
    },
    {
      name: 'the manifest is nested without an end',
      files: {
        'package.json': `{"overrides": ${'{"a":'.repeat(20_000)}"1"${'}'.repeat(20_000)}}`,
      },
      code: 'GITCRON_E_MANIFEST',
      place: 'package.json',
      hint: /Mend its JSON/,
    },
    {
      name: 'the crontab is a link out of the repository',
      files: { 'app/crontab.txt': { link: '/etc/passwd' } },
      code: 'GITCRON_E_NOT_A_FILE',
      place: 'app/crontab.txt',
      hint: /Commit the file itself/,
    },
    {
      name: 'the crontab is a directory',
      files: { 'app/crontab.txt': { link: '..' } },
      code: 'GITCRON_E_NOT_A_FILE',
      place: 'app/crontab.txt',
      hint: /Commit the file itself/,
    },
    {
      name: 'the crontab is a link to nowhere',
      files: { 'app/crontab.txt': { link: 'nowhere' } },
      code: 'GITCRON_E_NO_CRONTAB',
      place: ':app/crontab.txt',
      hint: /CRON_FILE/,
    },
    {
      name: 'the manifest is a device that never ends',
      files: { 'package.json': { link: '/dev/zero' } },
      code: 'GITCRON_E_NOT_A_FILE',
      place: 'package.json',
      hint: /Commit the file itself/,
    },
    {
      name: 'the manifest is no JSON',
      files: { 'package.json': '{' },
      code: 'GITCRON_E_MANIFEST',
      place: 'package.json',
      hint: /Mend its JSON/,
    },
    {
      name: 'the manifest is of another shape',
      files: { 'package.json': '{"dependencies":["left"]}' },
      code: 'GITCRON_E_MANIFEST',
      place: 'package.json',
      hint: /Mend its JSON/,
    },
    {
      name: 'node_modules is committed',
      files: { 'package.json': manifestFor('good'), 'node_modules/good/index.js': '' },
      code: 'GITCRON_E_PRODUCT_COMMITTED',
      place: 'node_modules',
      hint: /git rm -r --cached node_modules/,
    },
    {
      name: 'the lockfile is that of another manifest',
      files: {
        'package.json': manifestFor('needy'),
        'package-lock.json': GAP,
      },
      code: 'GITCRON_E_INSTALL',
      place: 'package.json',
      hint: /commit the lockfile/,
    },
    {
      name: 'a file that the install needs is not committed',
      files: { 'package.json': '{"dependencies":{"lib":"file:lib.tgz"}}' },
      code: 'GITCRON_E_INSTALL',
      place: 'package.json',
      hint: /files have to be committed/,
    },
  ];

  it.each(cases)('stays out and leaves the current one running: $name', async (the) => {
    const { code, good, follower, log, events, untilRejected, untilCurrent } = await running();
    const bad = await code.push(the.files);
    expect(await untilRejected(bad)).toMatchObject({ code: the.code, willRetry: false });
    expect(follower.current?.name.revision).toBe(good);
    const errors = log.map((line) => JSON.parse(line)).filter(({ level }) => level === 50);
    expect(errors).toHaveLength(1);
    expect(errors[0].code).toBe(the.code);
    expect(errors[0].error).toContain(the.place);
    expect(errors[0].error).toMatch(the.hint);
    expect(errors[0].msg).toContain(`${good.slice(0, 7)} stays current`);

    const next = await code.push({});
    await untilCurrent(next);
    expect(events('revision_rejected')).toHaveLength(1);
  });

  it('says what is missing in a lockfile, in front of a page of usage', async () => {
    const { code, log, follower, untilRejected } = await running();
    const bad = await code.push({
      'package.json': manifestFor('needy'),
      'package-lock.json': GAP,
    });
    expect((await untilRejected(bad)).reason).toContain('Missing: good@1.0.0 from lock file');
    expect(follower.rejected?.reason).toMatch(/EUSAGE.* Missing: good@1.0.0 from lock file/);
    const shown = log.filter((line) => line.includes('"  | '));
    expect(shown.join('')).toContain('npm error Missing: good@1.0.0 from lock file');
    expect(shown.join('')).toContain('lines are left out here');
    expect(shown.at(-1)).toContain('npm error A complete log');
    expect(shown.length).toBeLessThan(65);
  });

  it('shows what a failing install wrote', async () => {
    const { code, log, untilRejected } = await running();
    const bad = await code.push({ 'package.json': manifestFor('failing') });
    const { reason } = await untilRejected(bad);
    expect(reason).toMatch(/^Installing package.json failed: .*7/);
    const lines = log.filter((line) => line.includes('"  | '));
    expect(lines.join('')).toContain('the compiler is missing');
    // npm's report to programs says all of it once more.
    expect(lines.join('')).not.toMatch(/\\"(error|summary)\\"/);
  });

  it('says that a PACKAGE_FILE is missing, when one is set', async () => {
    const { code, untilRejected } = await running({
      change: { packageFile: 'conf/package.json' },
    });
    const bad = await code.push({});
    expect(await untilRejected(bad)).toMatchObject({ code: 'GITCRON_E_NO_MANIFEST' });
  });
});

describe('a failure of which it cannot be told whether it passes', () => {
  it.each([
    ['a package that was published a moment ago', 'not published yet', 'E404'],
    ['a page of somebody else in the place of a package', 'portal', 'EINTEGRITY'],
    ['a package that is cut short', 'cut short', 'EINTEGRITY'],
  ] as const)('is tried again: %s', async (_name, mood, npmCode) => {
    const { code, registry, untilRejected, untilCurrent } = await running({ slowly: true });
    registry.mood = mood;
    const lockfile = registry.lockfile('good');
    const revision = await code.push({
      'package.json': manifestFor('good'),
      'package-lock.json': lockfile,
    });
    expect(await untilRejected(revision)).toMatchObject({
      code: 'GITCRON_E_INSTALL',
      willRetry: true,
      reason: expect.stringContaining(npmCode),
    });
    registry.mood = 'well';
    await untilCurrent(revision);
  });

  it.each([
    ['a version that nobody has published', { dependencies: { good: '2.0.0' } }, 'ETARGET'],
    ['a package that nobody has published', { dependencies: { nobody: '1.0.0' } }, 'E404'],
    ['an install script that fails', { dependencies: { failing: '1.0.0' } }, 'exit status 7'],
    [
      'a Git host that is away',
      { dependencies: { far: 'git+http://127.0.0.1:1/far.git' } },
      'exit status 128: An unknown git error occurred git --no-replace-objects ls-remote',
    ],
  ])('is final after some tries, and says so: %s', async (_name, manifest, words) => {
    const { code, good, follower, log, events, untilRejected, untilCurrent } = await running();
    const bad = await code.push({ 'package.json': JSON.stringify({ name: 's', ...manifest }) });
    expect(await untilRejected(bad)).toMatchObject({
      willRetry: true,
      reason: expect.stringContaining(words),
    });
    await expect
      .poll(() => follower.rejected, { timeout: 60_000 })
      .toMatchObject({
        tries: 3,
        nextTryAt: null,
        reason: expect.stringContaining(words),
      });
    expect(follower.current?.name.revision).toBe(good);
    expect(events('revision_rejected').map(({ willRetry }) => willRetry)).toEqual([true, false]);
    expect(log.join('')).toContain('for now (tried once, next try in');
    expect(log.join('')).toContain('is rejected (tried 3 times; it is not tried again)');
    await untilCurrent(await code.push({}));
  });
});

describe('a failure that passes', () => {
  it('is tried again with back-off while the registry is unwell, and told once', async () => {
    const { code, registry, log, events, untilRejected, untilCurrent } = await running();
    registry.mood = 'unavailable';
    const revision = await code.push({ 'package.json': manifestFor('good') });
    expect(await untilRejected(revision)).toMatchObject({
      code: 'GITCRON_E_INSTALL',
      willRetry: true,
      reason: expect.stringContaining('E503'),
    });
    await expect.poll(() => log.join(''), { timeout: 20_000 }).toContain('Try 3 of revision');
    registry.mood = 'well';
    await untilCurrent(revision);
    expect(events('revision_rejected')).toHaveLength(1);
    expect(log.join('')).toContain('does not answer as it should');
  });

  it('is told again when its cause has become another, and not when only its try has', async () => {
    const { code, registry, log, follower, events, untilRejected } = await running();
    registry.mood = 'unavailable';
    const revision = await code.push({ 'package.json': manifestFor('good') });
    expect((await untilRejected(revision)).reason).toContain('E503');
    await expect.poll(() => follower.rejected?.tries, { timeout: 60_000 }).toBeGreaterThan(2);
    expect(events('revision_rejected')).toHaveLength(1);
    expect(follower.rejected?.nextTryAt).toBeGreaterThan(Date.now() - 60_000);
    await registry.close();
    await expect.poll(() => follower.rejected?.reason, { timeout: 60_000 }).toContain('ECONN');
    const reasons = events('revision_rejected').map(({ reason }) => reason);
    expect(reasons).toEqual([
      expect.stringContaining('E503'),
      expect.stringContaining('ECONNREFUSED'),
    ]);
    expect(log.join('')).toMatch(/ECONNREFUSED/);
  });

  it('is tried again when nothing listens at the registry', async () => {
    const { code, registry, untilRejected } = await running();
    await registry.close();
    const revision = await code.push({ 'package.json': manifestFor('good') });
    expect(await untilRejected(revision)).toMatchObject({
      willRetry: true,
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('is stopped after INSTALL_TIMEOUT and tried again when the registry never answers', async () => {
    const { code, registry, untilRejected, untilCurrent } = await running({
      install: { timeoutMs: 3000 },
    });
    registry.mood = 'silent';
    const revision = await code.push({ 'package.json': manifestFor('good') });
    expect(await untilRejected(revision)).toMatchObject({
      willRetry: true,
      reason: 'Installing package.json took longer than 3 s and was stopped.',
    });
    registry.mood = 'well';
    await untilCurrent(revision);
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SettingsError, type Environment } from '@gitcron/base/environment';
import { readSettings } from '../src/settings.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

const REPO = 'https://git.example.test/team/scripts.git';

function problems(environment: Environment): Record<string, string> {
  try {
    readSettings(environment);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return Object.fromEntries(error.problems.map(({ name, problem }) => [name, problem]));
  }
  return {};
}

test('only the repository has no default', () => {
  expect(problems({})).toEqual({ GIT_SYNC_REPO: expect.stringContaining('not set') });
  const { sync, once, httpPort, webhook } = readSettings({ GIT_SYNC_REPO: REPO });
  expect(sync).toMatchObject({
    ref: 'main',
    root: '/code',
    waitMs: 30_000,
    depth: 1,
    password: null,
  });
  expect({ once, httpPort, webhook }).toEqual({ once: false, httpPort: null, webhook: null });
});

test.each([
  ['https://host/a.git', 'https'],
  ['http://host:3000/a', 'http'],
  ['ssh://git@host:22/a.git', 'ssh'],
  ['git@host:team/a.git', 'ssh'],
  ['host:a', 'ssh'],
  ['file:///srv/a', 'file'],
  ['/srv/a', 'file'],
  ['./a', 'file'],
  ['../with:colon', 'file'],
])('%s is read over %s', (repository, transport) => {
  expect(readSettings({ GIT_SYNC_REPO: repository }).sync.remote.transport).toBe(transport);
});

test('a relative path is made absolute', () => {
  expect(readSettings({ GIT_SYNC_REPO: 'a/b' }).sync.remote.url).toBe(join(process.cwd(), 'a/b'));
});

test.each([
  ['https://ann:pass@host/a', 'a password'],
  ['https://token@host/a', 'a user name'],
  ['ext::sh -c evil', 'remote helpers'],
  ['git://host/a', 'not supported'],
  ['ftp://host/a', 'not supported'],
  ['--upload-pack=evil', 'not a URL'],
  ['https://', 'not a URL'],
])('%s is refused: %s', (repository, problem) => {
  expect(problems({ GIT_SYNC_REPO: repository })['GIT_SYNC_REPO']).toContain(problem);
});

test.each(['main', 'release/1.0', 'v1.2.3', 'refs/heads/x', 'a'.repeat(40), 'HEAD', 'feature/ü@2'])(
  'the ref %s is accepted',
  (ref) => {
    expect(readSettings({ GIT_SYNC_REPO: REPO, GIT_SYNC_BRANCH: ref }).sync.ref).toBe(ref);
  },
);

test.each([
  '-x',
  'a b',
  'a..b',
  'a:b',
  'a*',
  'a^{}',
  'a~1',
  '/a',
  'a/',
  'a.lock',
  'a@{1}',
  'a\nb',
  '.a/b',
  'a.',
])('the ref %j is refused', (ref) => {
  expect(Object.keys(problems({ GIT_SYNC_REPO: REPO, GIT_SYNC_BRANCH: ref }))).toEqual([
    'GIT_SYNC_BRANCH',
  ]);
});

test('mistakes that only show together are found, too', () => {
  expect(
    problems({
      GIT_SYNC_REPO: REPO,
      GIT_SYNC_PASSWORD: 'x',
      GIT_SYNC_PASSWORD_FILE: import.meta.filename,
      GIT_SYNC_WEBHOOK_PORT: '9000',
      GIT_SYNC_WAIT: '900',
    }),
  ).toEqual({
    GIT_SYNC_PASSWORD_FILE: 'set this or GIT_SYNC_PASSWORD, not both',
    GIT_SYNC_WEBHOOK_PORT: expect.stringContaining('needs GIT_SYNC_WEBHOOK_SECRET'),
    GIT_SYNC_HEALTH_SEC: 'must be longer than GIT_SYNC_WAIT',
  });
});

test('a file that is not there is a mistake at the start, and names the file', () => {
  expect(problems({ GIT_SYNC_REPO: REPO, GIT_SYNC_SSH_KEY_FILE: '/nowhere/key' })).toEqual({
    GIT_SYNC_SSH_KEY_FILE: 'cannot read the file /nowhere/key (ENOENT)',
  });
});

test.each([
  ['empty', '\n'],
  ['short', '0123456789abcde\n'],
])('a webhook secret in a file that is %s is a mistake at the start', async (_, content) => {
  const file = join(await temporaryDirectory(), 'secret');
  await writeFile(file, content);
  const settings = { GIT_SYNC_REPO: REPO, GIT_SYNC_WEBHOOK_PORT: '9000' };
  expect(problems({ ...settings, GIT_SYNC_WEBHOOK_SECRET_FILE: file })).toEqual({
    GIT_SYNC_WEBHOOK_SECRET_FILE: `expected at least 16 characters in the file ${file}`,
  });
  expect(problems({ ...settings, GIT_SYNC_WEBHOOK_SECRET_FILE: `${file}.gone` })).toEqual({
    GIT_SYNC_WEBHOOK_SECRET_FILE: `cannot read the file ${file}.gone (ENOENT)`,
  });
  await writeFile(file, '0123456789abcdef\n');
  expect(problems({ ...settings, GIT_SYNC_WEBHOOK_SECRET_FILE: file })).toEqual({});
});

test('empty values count as unset, as docker compose passes them', () => {
  const empty = { GIT_SYNC_BRANCH: '', GIT_SYNC_PASSWORD: '', GIT_SYNC_HTTP_PORT: '' };
  expect(readSettings({ GIT_SYNC_REPO: REPO, ...empty }).sync).toMatchObject({
    ref: 'main',
    password: null,
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { GitServer } from './git-server.ts';
import { ScriptsRepository } from './scripts-repository.ts';
import { Stack } from './stack.ts';

/** What each attempt of the intruder came to: an error's code, or what it got hold of. */
const reportSchema = z.object({
  uid: z.number(),
  groups: z.array(z.number()),
  environment: z.record(z.string(), z.string()),
  attempts: z.record(z.string(), z.string()),
});
type Report = z.output<typeof reportSchema>;

/** The intruder runs as a job and, by a script of the manifest, within the install. */
const manifest = JSON.stringify({
  name: 'intruder',
  private: true,
  scripts: { postinstall: 'node app/scripts/intruder.js > install-report.txt' },
  dependencies: { pg: '8.23.1' },
});

const crontab = `
# @name intruder
@every 10s  node app/scripts/intruder.js
# @name installer
@every 10s  cat install-report.txt
`;

let repository: ScriptsRepository;
let server: GitServer;
let stack: Stack;
let job: Report;
let install: Report;

beforeAll(async () => {
  repository = await ScriptsRepository.create();
  server = await GitServer.start(repository.directory, { username: 'ada', password: 'secret' });
  stack = await Stack.create({ ...server.settings('scripts.git'), GIT_SYNC_WAIT: '1' });
  await repository.push('Try to break out', {
    'package.json': manifest,
    'app/crontab.txt': crontab,
    'app/scripts/intruder.js': await readFile(join(import.meta.dirname, 'intruder.js'), 'utf8'),
  });
  await stack.up();
  try {
    job = await reportOf('intruder');
    install = await reportOf('installer');
  } catch (error) {
    await stack.explain();
    throw error;
  }
});

afterAll(async () => {
  await stack.down();
  await server.stop();
  await repository.remove();
});

async function reportOf(slug: string): Promise<Report> {
  const since = '1970-01-01T00:00:00Z';
  const line = await stack.line('app', new RegExp(`${slug}#.*REPORT \\w`), since, 120_000);
  const encoded = line.slice(line.indexOf('REPORT ') + 7);
  return reportSchema.parse(
    JSON.parse(inflateSync(Buffer.from(encoded, 'base64')).toString('utf8')),
  );
}

test('jobs and installs are users of their own, without further groups', () => {
  expect([job.uid, job.groups]).toEqual([1000, [1000]]);
  expect([install.uid, install.groups]).toEqual([1001, [1001]]);
  expect(job.environment['HOME']).toBe('/home/jobs');
});

test('a job is given the database login of the scripts and no other secret', () => {
  expect(job.environment['DATABASE_URL']).toContain(stack.passwords.SCRIPTS_DB_PASSWORD);
  expect(JSON.stringify(job.environment)).not.toContain(stack.passwords.POSTGRES_PASSWORD);
  expect(Object.keys(job.environment)).not.toContain('STATE_DIR');
});

test('an install is given no secret at all', () => {
  const environment = JSON.stringify(install.environment);
  for (const password of Object.values(stack.passwords))
    expect(environment).not.toContain(password);
});

const REFUSED = /^(EACCES|EPERM|EROFS)$/;

describe.each([
  ['a job', () => job],
  ['an install', () => install],
])('%s is refused', (_who, report) => {
  test.each([
    'read the environment of the supervisor',
    'read the memory of the supervisor',
    'open the files that the supervisor has open',
    'read the history of all runs',
    'read who may log in',
    'command the supervisor',
    'kill the supervisor',
    'write into the state volume',
    'write into the code volume',
    'write into the program',
    'write to the root of the container',
    'become root',
  ])('to %s', (attempt) => {
    expect(report().attempts[attempt]).toMatch(REFUSED);
  });
});

describe('a job is also refused', () => {
  test.each([
    ['read the home of the installer', REFUSED],
    ['write into its own release', REFUSED],
    ['write into its dependencies', REFUSED],
    // insufficient_privilege: the database is there, and it is not the scripts' business.
    ['connect to the database of the supervisor', /^42501$/],
    ['close the database of all scripts', /^42501$/],
    ['become the role of the supervisor', /^42501$/],
    // invalid_authorization_specification: pg_hba.conf lets no superuser in over the network.
    ['log in as the superuser', /^28000$/],
  ])('to %s', (attempt, refusal) => {
    expect(job.attempts[attempt]).toMatch(refusal);
  });
});

test('a job makes tables in the database of the scripts', () => {
  expect(job.attempts['make a table in its own database']).toMatch(/^succeeded/);
});

test('an install is also refused the home of the jobs', () => {
  expect(install.attempts['read the home of the jobs']).toMatch(REFUSED);
});

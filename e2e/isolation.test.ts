import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { GitServer } from './git-server.ts';
import { ScriptsRepository } from './scripts-repository.ts';
import { mark, Stack } from './stack.ts';

/** What each attempt of the intruder came to: an error's code, or what it got hold of. */
const reportSchema = z.object({
  uid: z.number(),
  groups: z.array(z.number()),
  environment: z.record(z.string(), z.string()),
  attempts: z.record(z.string(), z.string()),
});

let repository: ScriptsRepository;
let server: GitServer;
let stack: Stack;
let report: z.output<typeof reportSchema>;

beforeAll(async () => {
  repository = await ScriptsRepository.create();
  server = await GitServer.start(repository.directory, { username: 'ada', password: 'secret' });
  stack = await Stack.create({ ...server.settings('scripts.git'), GIT_SYNC_WAIT: '1' });
  const intruder = await readFile(join(import.meta.dirname, 'intruder.js'), 'utf8');
  await repository.push('Try to break out', {
    'package.json': '{ "name": "intruder", "private": true, "dependencies": { "pg": "8.23.1" } }\n',
    'app/crontab.txt': '# @name intruder\n@every 10s  node app/scripts/intruder.js\n',
    'app/scripts/intruder.js': intruder,
  });
  const start = mark();
  await stack.up();
  try {
    const line = await stack.line('app', /REPORT \{/, start, 180_000);
    report = reportSchema.parse(JSON.parse(line.slice(line.indexOf('REPORT ') + 7)));
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

test('a job is a user of its own, without further groups', () => {
  expect(report.uid).toBe(1000);
  expect(report.groups).toEqual([1000]);
});

test('a job is given its own database login and no other secret', () => {
  expect(report.environment['DATABASE_URL']).toContain('scripts:');
  const everything = JSON.stringify(report.environment);
  expect(everything).not.toContain(stack.passwords.POSTGRES_PASSWORD);
  expect(Object.keys(report.environment)).not.toContain('STATE_DIR');
});

describe('a job is refused', () => {
  const refusals = [
    ['read the environment of the supervisor', /^(EACCES|EPERM)$/],
    ['read the memory of the supervisor', /^(EACCES|EPERM)$/],
    ['open the files that the supervisor has open', /^(EACCES|EPERM)$/],
    ['kill the supervisor', /^EPERM$/],
    ['read the home of the installer', /^EACCES$/],
    ['write into its own release', /^(EACCES|EROFS)$/],
    ['write into its dependencies', /^(EACCES|EROFS)$/],
    ['write into the state volume', /^(EACCES|EROFS)$/],
    ['write into the code volume', /^(EACCES|EROFS)$/],
    ['write into the program', /^(EACCES|EROFS)$/],
    ['write to the root of the container', /^(EACCES|EROFS)$/],
    ['become root', /^EPERM$/],
    // insufficient_privilege: the schema is there, and it is not the scripts' business.
    ['make a table in the schema of the supervisor', /^42501$/],
    ['become the role of the supervisor', /^42501$/],
    // invalid_authorization_specification: pg_hba.conf lets no superuser in over the network.
    ['log in as the superuser', /^28000$/],
  ] as const;

  test.each(refusals)('to %s', (attempt, refusal) => {
    expect(report.attempts[attempt]).toMatch(refusal);
  });

  test('in every attempt that it made', () => {
    expect(Object.keys(report.attempts).toSorted()).toEqual(
      refusals.map(([attempt]) => attempt).toSorted(),
    );
  });
});

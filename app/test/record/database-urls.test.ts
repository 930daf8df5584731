import { pino } from 'pino';
import { expect, it } from 'vitest';
import { connectScriptsLogin } from '../../src/connect-scripts-login.ts';
import { databaseConfig } from '../../src/record/database/client.ts';

const OURS = 'postgres://gitcron:secret-word@localhost/gitcron';

it.each([
  'postgres://scripts:x@localhost/s?sslmode=verify-full&sslrootcert=/nowhere',
  'postgres://scripts:x@h1:5432,h2:5432/s',
  'postgres://scripts:pa#ss@localhost/s',
  'jdbc:postgresql://localhost/s',
  'host=localhost user=scripts',
  'mysql://scripts:x@localhost/s',
  '',
])('whatever jobs are given as DATABASE_URL, the supervisor starts: %s', async (url) => {
  const jobEnvironment = { DATABASE_URL: url };
  const logger = pino({ level: 'silent' });
  const login = connectScriptsLogin({ databaseUrl: OURS, jobEnvironment, logger });
  await login.start();
  login.stop();
  expect(jobEnvironment.DATABASE_URL).toBe(url);
  expect(login.lockedOut()).toBeNull();
});

it.each([
  {
    url: `${OURS}?sslrootcert=/nowhere`,
    expected: {
      code: 'GITCRON_E_DATABASE_FILE',
      message: 'The URL of a database names the file /nowhere, which cannot be read.',
    },
  },
  {
    url: 'postgres://gitcron:secret-word@h1:1,h2:2/gitcron',
    expected: {
      code: 'GITCRON_E_DATABASE_URL',
      hint: expect.stringContaining('with one host'),
    },
  },
])('says what is wrong with $url, without its password', ({ url, expected }) => {
  let error: unknown;
  try {
    databaseConfig(url);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject(expected);
  expect(JSON.stringify(error) + String(error)).not.toContain('secret-word');
});

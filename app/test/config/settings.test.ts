import { describe, expect, it } from 'vitest';
import { readCronSettings } from '../../src/config/cron-settings.ts';
import { readSettings } from '../../src/config/settings.ts';
import { systemTimeZone } from '../../src/config/time-zone.ts';
import { SettingsError, type Environment } from '@gitcron/base/environment';

function problemsOf(environment: Environment): Record<string, string> {
  try {
    readSettings(environment);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return Object.fromEntries(error.problems.map(({ name, problem }) => [name, problem]));
  }
  return {};
}

describe('the settings', () => {
  it('have defaults for all, and an empty one is an unset one', () => {
    const defaults = readSettings({});
    expect(defaults).toMatchObject({
      SOURCE_DIR: '/app/project/source',
      PACKAGE_FILE: 'package.json',
      CRON_FILE: 'app/crontab.txt',
      POLL_SEC: 15,
      STATE_DIR: '/var/lib/app-state',
      LOG_FORMAT: 'text',
    });
    expect(readSettings({ POLL_SEC: '', CRON_FILE: '', JOB_USER: '' })).toEqual(defaults);
  });

  it('takes an empty TZ for UTC, as libc does, also where the machine has another zone', () => {
    const before = process.env['TZ'];
    process.env['TZ'] = 'Asia/Tokyo';
    expect(readSettings({ TZ: '' }).TZ).toBe('UTC');
    expect(readCronSettings({ TZ: '' }).TZ).toBe('UTC');
    process.env['TZ'] = '';
    expect(systemTimeZone()).toBe('UTC');
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });

  it('are refused with every mistake at once, each named once', () => {
    const problems = problemsOf({
      POLL_SEC: '0',
      CRON_FILE: '../crontab.txt',
      PACKAGE_FILE: '/etc/package.json',
      TZ: 'Europe/Amsterdm',
      JOB_USER: '0:0',
      INSTALL_USER: 'installer',
      LOG_FORMAT: 'xml',
      GITCRON_RUNID: '1',
    });
    expect(problems).toEqual({
      POLL_SEC: 'expected a whole number of seconds from 1 to 86400',
      CRON_FILE: 'expected a path inside the repository, relative to its root',
      PACKAGE_FILE: 'expected a path inside the repository, relative to its root',
      TZ: expect.stringContaining('Europe/Amsterdam'),
      JOB_USER: 'must not be root (0)',
      INSTALL_USER: 'expected UID:GID in numbers, such as 1000:1000',
      LOG_FORMAT: 'expected text or json',
      GITCRON_RUNID: expect.stringContaining('there is no such setting'),
    });
  });

  it('that contradict each other are refused', () => {
    expect(problemsOf({ JOB_USER: '1000:1000' })).toHaveProperty('INSTALL_USER');
    expect(problemsOf({ JOB_USER: '1000:1000', INSTALL_USER: '1000:1001' })).toHaveProperty(
      'INSTALL_USER',
    );
    expect(problemsOf({ JOB_USER: '1000:1000', INSTALL_USER: '1001:1001' })).toEqual({});
    expect(problemsOf({ SOURCE_DIR: '/scripts', STATE_DIR: '/scripts/state' })).toHaveProperty(
      'STATE_DIR',
    );
    expect(problemsOf({ SOURCE_DIR: '/scripts', STATE_DIR: '/scripts/.gitcron/state' })).toEqual(
      {},
    );
    expect(problemsOf({ SOURCE_DIR: '/scripts', STATE_DIR: '/scripts-state' })).toEqual({});
    const webhook = { SYNC_WEBHOOK_URL: 'http://git-sync:8081/webhook' };
    const shortSecret = { ...webhook, SYNC_WEBHOOK_SECRET: 'short' };
    expect(Object.keys(problemsOf(shortSecret))).toEqual(['SYNC_WEBHOOK_SECRET']);
  });

  it('that contradict each other are refused together with others that are wrong', () => {
    const problems = problemsOf({ LOG_LEVEL: 'loud', JOB_USER: '1000:1000' });
    expect(Object.keys(problems)).toEqual(['LOG_LEVEL', 'INSTALL_USER']);
  });

  it('never stop the start for a file of secrets, which only the API needs', () => {
    const names = { ADMIN_PASSWORD_FILE: '/not/there', SYNC_WEBHOOK_SECRET_FILE: '/not/there' };
    expect(problemsOf(names)).toEqual({});
  });

  it('may hold the variables of a run, because a job may call gitcron', () => {
    expect(problemsOf({ GITCRON_RUN_ID: '1', GITCRON_JOB: 'report' })).toEqual({});
  });
});

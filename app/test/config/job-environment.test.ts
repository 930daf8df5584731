import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/config/settings.ts';
import { describeRun } from '../../src/run/describe-run.ts';
import { runEnvironment } from '../../src/run/run-environment.ts';
import { makeJob } from '../run/fixtures/jobs.ts';
import {
  cronJobEnvironment,
  installEnvironment,
  jobEnvironment,
  TAKEN_FROM_JOBS,
} from '../../src/config/job-environment.ts';

const BY_HAND = { trigger: 'manual', requestedBy: 'anna' } as const;

const CONTAINER = {
  PATH: '/usr/bin:/srv/node_modules/.bin',
  HOME: '/root',
  TZ: 'Europe/Amsterdam',
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://scripts:secret@db/gitcron',
  LOG_DIR: '/var/log/reports',
  INSTALL_DATE: 'somebody else’s',
  NPM_TOKEN: 'token',
  NPM_CONFIG_REGISTRY: 'http://registry',
  HTTPS_PROXY: 'http://proxy',
  PIP_INDEX_URL: 'http://index',
  UV_THREADPOOL_SIZE: '8',
  // Of installs alone.
  YARN_NPM_AUTH_TOKEN: 'token',
  UV_INDEX_OURS_PASSWORD: 'secret',
  COREPACK_HOME: '/var/cache/corepack',
  // The supervisor's own.
  GITCRON_DATABASE_URL: 'postgres://gitcron:secret@db/gitcron',
  GIT_SYNC_PASSWORD: 'secret',
  STATE_DIR: '/var/lib/app-state',
  SOURCE_DIR: '/source',
  JOB_USER: '1000:1000',
  INSTALL_USER: '1001:1001',
  LOG_FORMAT: 'json',
  LOG_LEVEL: 'debug',
  POLL_SEC: '5',
  // What `npm start` adds.
  INIT_CWD: '/srv',
  npm_lifecycle_event: 'start',
  npm_package_name: 'gitcron-workspace',
  npm_config_local_prefix: '/srv',
  npm_config_userconfig: '/root/.npmrc',
  npm_config_strict_ssl: 'false',
};

describe('the environment of a job', () => {
  it('is the container’s, less what is the supervisor’s or npm’s', () => {
    expect(jobEnvironment(CONTAINER)).toEqual({
      PATH: `${dirname(process.execPath)}:/usr/bin`,
      HOME: '/root',
      TZ: 'Europe/Amsterdam',
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://scripts:secret@db/gitcron',
      LOG_DIR: '/var/log/reports',
      INSTALL_DATE: 'somebody else’s',
      NPM_TOKEN: 'token',
      NPM_CONFIG_REGISTRY: 'http://registry',
      HTTPS_PROXY: 'http://proxy',
      PIP_INDEX_URL: 'http://index',
      UV_THREADPOOL_SIZE: '8',
    });
  });
});

it('takes no variable from scripts that they may have had before: a new setting begins with GITCRON_, or they see it', () => {
  const names = Object.keys(settingsSchema.shape);
  const given = Object.fromEntries(names.map((name) => [name, 'x']));
  const seen = Object.keys(jobEnvironment(given)).filter((name) => name !== 'PATH');
  // One that a secret stands in is never among them.
  expect(seen).toEqual([
    'TZ',
    'PUBLIC_URL',
    'OIDC_ISSUER',
    'OIDC_CLIENT_ID',
    'OIDC_CLIENT_SECRET_FILE',
    'OIDC_SCOPE',
    'OIDC_ROLE_CLAIM',
    'OIDC_ADMIN',
    'OIDC_OPERATOR',
    'OIDC_VIEWER',
  ]);
  const taken = names.filter((name) => !seen.includes(name) && !name.startsWith('GITCRON_'));
  expect(taken.toSorted()).toEqual([...TAKEN_FROM_JOBS].toSorted());
  expect(TAKEN_FROM_JOBS.size).toBeLessThanOrEqual(30);
});

it('leaves to jobs what the crontab says, whatever its name', () => {
  const job = makeJob('true', {}, { environment: { LOG_LEVEL: 'trace', HTTP_PORT: '3000' } });
  const run = describeRun(job, null, { ...BY_HAND, scheduledAt: null, params: null });
  const environment = runEnvironment(jobEnvironment(CONTAINER), {
    run,
    job,
    attempt: 1,
    release: null,
    resultFile: '/result',
    mark: 'mark',
  });
  expect(environment).toMatchObject({ LOG_LEVEL: 'trace', HTTP_PORT: '3000' });
});

it('hides from the jobs of a plain crontab only what cannot be theirs', () => {
  expect(cronJobEnvironment(CONTAINER)).toEqual({
    ...jobEnvironment(CONTAINER),
    YARN_NPM_AUTH_TOKEN: 'token',
    UV_INDEX_OURS_PASSWORD: 'secret',
    COREPACK_HOME: '/var/cache/corepack',
    STATE_DIR: '/var/lib/app-state',
    SOURCE_DIR: '/source',
    INSTALL_USER: '1001:1001',
    LOG_FORMAT: 'json',
    LOG_LEVEL: 'debug',
    POLL_SEC: '5',
  });
});

describe('the environment of an install', () => {
  it('is what package managers read, and no secret of a job', () => {
    expect(installEnvironment(CONTAINER)).toEqual({
      PATH: `${dirname(process.execPath)}:/usr/bin`,
      HOME: '/root',
      TZ: 'Europe/Amsterdam',
      NPM_TOKEN: 'token',
      NPM_CONFIG_REGISTRY: 'http://registry',
      HTTPS_PROXY: 'http://proxy',
      PIP_INDEX_URL: 'http://index',
      UV_THREADPOOL_SIZE: '8',
      YARN_NPM_AUTH_TOKEN: 'token',
      UV_INDEX_OURS_PASSWORD: 'secret',
      COREPACK_HOME: '/var/cache/corepack',
      npm_config_strict_ssl: 'false',
    });
  });
});

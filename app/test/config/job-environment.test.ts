import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  cronJobEnvironment,
  installEnvironment,
  jobEnvironment,
} from '../../src/config/job-environment.ts';

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

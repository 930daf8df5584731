import { settingFacts } from '@gitcron/base/environment';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { readSettings, settingsSchema } from '../../src/config/settings.ts';
import { settingsInForce } from '../../src/config/settings-in-force.ts';

const SECRET = 'correct-horse-battery';

function inForce(environment: Record<string, string>, byStart: readonly string[] = []) {
  const items = settingsInForce({
    settings: readSettings(environment),
    environment,
    byStart: new Set(byStart),
    maskText: (text) => text,
  });
  return Object.fromEntries(items.map((item) => [item.name, item]));
}

it('tells every setting of the schema, its unit, and where it comes from', () => {
  const environment = {
    KEEP_RUNS_DAYS: '7',
    KEEP_RELEASES: '',
    JOB_USER: '1000:1000',
    INSTALL_USER: '1001:1001',
    HTTP_ALLOWED_HOSTS: 'cron.example.com, Cron.example.org',
    ADMIN_PASSWORD_FILE: '/run/secrets/app/admin-password',
    STATE_DIR: '/elsewhere',
    TZ: '',
  };
  const told = inForce(environment, ['STATE_DIR']);
  expect(Object.keys(told)).toEqual(Object.keys(settingsSchema.shape));
  const plain = { isSet: true, isSecret: false, file: null, unit: null };
  expect(told).toMatchObject({
    KEEP_RUNS_DAYS: { ...plain, value: '7', from: 'environment', unit: 'days' },
    KEEP_RELEASES: { ...plain, value: '10', from: 'default', unit: 'releases' },
    JOB_USER: { ...plain, value: '1000:1000', from: 'environment' },
    HTTP_ALLOWED_HOSTS: { value: 'cron.example.com, Cron.example.org', from: 'environment' },
    TRUST_PROXY: { ...plain, value: '', from: 'default' },
    HTTP_PORT: { ...plain, value: null, isSet: false, from: 'default' },
    HTTP_HOST: { ...plain, value: '127.0.0.1', from: 'default' },
    ADMIN_PASSWORD: {
      value: null,
      isSet: true,
      isSecret: true,
      from: 'file',
      file: '/run/secrets/app/admin-password',
    },
    ADMIN_PASSWORD_FILE: { value: '/run/secrets/app/admin-password', from: 'environment' },
    SYNC_WEBHOOK_SECRET: { value: null, isSet: false, isSecret: true, from: 'default' },
    STATE_DIR: { ...plain, value: '/elsewhere', from: 'start' },
    TZ: { ...plain, value: 'UTC', from: 'environment' },
  });
});

it('shows no secret, in no form', () => {
  const told = inForce({
    ADMIN_PASSWORD: SECRET,
    SYNC_WEBHOOK_SECRET: SECRET,
    SYNC_WEBHOOK_URL: `http://user:${SECRET}@git-sync:8081/webhook?token=${SECRET}`,
    GITCRON_DATABASE_URL: `postgres://gitcron:${SECRET}@db:5432/gitcron?password=${SECRET}`,
  });
  expect(JSON.stringify(told)).not.toContain(SECRET);
  expect(told).toMatchObject({
    ADMIN_PASSWORD: { value: null, isSet: true, isSecret: true, from: 'environment' },
    GITCRON_DATABASE_URL: { value: 'postgres://gitcron:***@db:5432/gitcron', isSecret: true },
    SYNC_WEBHOOK_URL: { value: 'http://user:***@git-sync:8081/webhook', isSecret: true },
  });
});

it('knows of each setting that may hold a secret that it does', () => {
  const suspicious = Object.entries(settingsSchema.shape).filter(([name]) =>
    /(PASSWORD|SECRET|TOKEN|KEY|CREDENTIALS|URL|DSN)$/.test(name),
  );
  expect(suspicious.length).toBeGreaterThan(3);
  const unsaid = suspicious.filter(([, schema]) => {
    const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
    return settingFacts.get(inner)?.secret === undefined;
  });
  expect(unsaid.map(([name]) => name)).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsSchema as syncSchema } from '@gitcron/git-sync/settings';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { settingsSchema as appSchema } from '../../src/config/settings.ts';

const ROOT = join(import.meta.dirname, '../../..');
const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
const composeText = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');

const serviceSchema = z.looseObject({ environment: z.record(z.string(), z.unknown()) });
const compose = z
  .object({ services: z.object({ 'git-sync': serviceSchema, app: serviceSchema }) })
  .parse(parse(composeText, { merge: true }));

/** `NAME=value` and `# NAME=value` lines. */
const documented = new Map(
  [...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ]),
);

/** `${NAME}`, with or without a default. */
const interpolated = new Set(
  [...composeText.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name),
);

const programs = [
  { service: 'git-sync', schema: syncSchema },
  { service: 'app', schema: appSchema },
] as const;

/** What the images and the compose file set for the container, whatever the default is. */
const OF_THE_CONTAINER = new Set(['GIT_SYNC_ROOT', 'SOURCE_DIR', 'STATE_DIR', 'TZ']);

describe('.env.example', () => {
  it.each(programs)('explains every setting of $service', ({ schema }) => {
    const missing = Object.keys(schema.shape).filter((name) => !documented.has(name));
    expect(missing).toEqual([]);
  });

  it('names nothing that no program and no compose variable knows', () => {
    const known = new Set([
      ...programs.flatMap(({ schema }) => Object.keys(schema.shape)),
      ...interpolated,
    ]);
    expect([...documented.keys()].filter((name) => !known.has(name))).toEqual([]);
  });

  it('explains every variable of docker-compose.yml', () => {
    expect([...interpolated].filter((name) => !documented.has(name ?? ''))).toEqual([]);
  });

  it.each(programs)('shows the defaults of $service as they are', ({ schema }) => {
    const wrong = Object.entries(schema.shape).flatMap(([name, type]) => {
      const byDefault = type.safeParse(undefined);
      const shown = type.safeParse(documented.get(name));
      const hasDefault = byDefault.success && byDefault.data !== undefined;
      if (!hasDefault || OF_THE_CONTAINER.has(name)) return [];
      const same = JSON.stringify(byDefault.data) === JSON.stringify(shown.data);
      return same ? [] : [`${name}: ${documented.get(name)}`];
    });
    expect(wrong).toEqual([]);
  });

  it('has a comment above every setting or group of settings', () => {
    const paragraphs = example.split('\n\n').slice(1);
    const bare = paragraphs.filter((paragraph) => !/^# (?![A-Z0-9_]+=)/.test(paragraph));
    expect(bare).toEqual([]);
  });
});

describe('docker-compose.yml', () => {
  it('lets no setting of git-sync restart the app, and with it the jobs', () => {
    const ofSync = JSON.stringify(compose.services.app).match(/GIT_SYNC_\w+/g);
    expect(ofSync).toBeNull();
  });

  it.each(programs)('passes every setting of $service on', ({ service, schema }) => {
    const passed = Object.keys(compose.services[service].environment);
    const notForTheStack = new Set(['GIT_SYNC_ONCE', 'JOB_USER', 'INSTALL_USER', 'INSTALL_CACHE']);
    const missing = Object.keys(schema.shape).filter(
      (name) => !passed.includes(name) && !notForTheStack.has(name),
    );
    expect(missing).toEqual([]);
  });
});

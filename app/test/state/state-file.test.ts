import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAcknowledgements } from '../../src/http/acknowledgements.ts';
import { readPin, removePin, takePin, writePin } from '../../src/release/pin.ts';
import { stateVolume } from '../../src/release/state-volume.ts';
import { openJobSwitches } from '../../src/schedule/job-switches.ts';
import { memoryLog } from '../record/memory-log.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-state-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const DAMAGES = ['', '{"version": 1, "jo', '[]', '{"version": 99}', '{"version": 1}', '\0\0\0'];
/** What is current, and what the source shows. */
const NOW = { current: 'good', shown: 'bad' };
const OFF = { enabled: false, at: 1, by: 'somebody' };

describe.each(DAMAGES)('a file that holds %j', (damage) => {
  it('job-switches.json: the last good copy holds, and it is said once', async () => {
    const path = join(directory, 'job-switches.json');
    const { logger, lines } = memoryLog();
    await openJobSwitches(path, logger).set('report', OFF);
    writeFileSync(path, damage);
    expect(openJobSwitches(path, logger).get('report')).toEqual(OFF);
    expect(openJobSwitches(path, logger).get('report')).toEqual(OFF);
    expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(damage);
    expect(lines().map(({ msg }) => msg)).toEqual([
      `${path} cannot be used and was set aside as ${path}.damaged: the last good copy of it holds.`,
    ]);
  });

  it('acknowledged.json: so does that of what was seen to', async () => {
    const path = join(directory, 'acknowledged.json');
    const { logger } = memoryLog();
    const seen = { runId: 'r', at: 1, by: 'somebody' };
    await openAcknowledgements(path, logger).set('report', seen);
    writeFileSync(path, damage);
    expect(openAcknowledgements(path, logger).get('report')).toEqual(seen);
  });

  it('pin.json: the rollback stays in force', async () => {
    const volume = stateVolume(directory);
    const { logger, lines } = memoryLog();
    const pin = { release: 'a', until: 'b' };
    await writePin(volume, pin);
    writeFileSync(volume.pin, damage);
    expect(await readPin(volume)).toEqual(pin);
    expect(lines()).toHaveLength(0);
    expect(await takePin(volume, logger, NOW)).toEqual(pin);
    expect(await takePin(volume, logger, NOW)).toEqual(pin);
    expect(lines()).toHaveLength(1);
    await removePin(volume);
    expect([await takePin(volume, logger, NOW), readdirSync(directory)]).toEqual([null, []]);
  });

  it('pin.json without a copy: what is current stays until the source shows something else', async () => {
    const volume = stateVolume(directory);
    const { logger, lines } = memoryLog();
    writeFileSync(volume.pin, damage);
    await expect(readPin(volume)).rejects.toMatchObject({ code: 'GITCRON_E_PIN' });
    const unseen = { current: 'good', shown: null };
    expect(await takePin(volume, logger, unseen)).toEqual({ release: 'good', until: null });
    const pin = { release: NOW.current, until: NOW.shown };
    expect(await takePin(volume, logger, NOW)).toEqual(pin);
    expect(await readPin(volume)).toEqual(pin);
    // By then another commit has come: as with any pin, that ends it.
    expect(await takePin(volume, logger, { ...NOW, shown: 'newer' })).toEqual(pin);
    expect(lines()).toHaveLength(1);
  });

  it('pin.json before there is any release: nothing has to stay', async () => {
    const volume = stateVolume(directory);
    writeFileSync(volume.pin, damage);
    const before = { current: null, shown: 'bad' };
    expect(await takePin(volume, memoryLog().logger, before)).toBeNull();
    expect(readdirSync(directory)).toEqual([]);
  });
});

it('a directory in the place of a file: the copy takes its place, and it is said once', async () => {
  const path = join(directory, 'job-switches.json');
  const { logger, lines } = memoryLog();
  await openJobSwitches(path, logger).set('report', OFF);
  rmSync(path);
  mkdirSync(join(path, 'inside'), { recursive: true });
  for (let start = 0; start < 2; start += 1) {
    expect(openJobSwitches(path, logger).get('report')).toEqual(OFF);
  }
  expect(readdirSync(`${path}.damaged`)).toEqual(['inside']);
  expect(lines()).toHaveLength(1);
});

it('what was written before files had a version is read', () => {
  const path = join(directory, 'job-switches.json');
  writeFileSync(path, JSON.stringify({ report: OFF, version: OFF }));
  const { logger, lines } = memoryLog();
  const switches = openJobSwitches(path, logger);
  expect([switches.get('report'), switches.get('version')]).toEqual([OFF, OFF]);
  expect(lines()).toEqual([]);
});

it('changes that come together are all kept, in their order', async () => {
  const path = join(directory, 'job-switches.json');
  const { logger } = memoryLog();
  const switches = openJobSwitches(path, logger);
  const slugs = Array.from({ length: 20 }, (_, index) => `job-${index}`);
  await Promise.all([
    ...slugs.map((slug) => switches.set(slug, OFF)),
    ...slugs.slice(10).map((slug) => switches.set(slug, null)),
  ]);
  const again = openJobSwitches(path, logger);
  expect(slugs.filter((slug) => again.get(slug) !== null)).toEqual(slugs.slice(0, 10));
});

it('a decision that cannot be written changes nothing', async () => {
  const path = join(directory, 'gone', 'job-switches.json');
  const switches = openJobSwitches(path, memoryLog().logger);
  await expect(switches.set('report', OFF)).rejects.toMatchObject({
    code: 'GITCRON_E_SWITCH_WRITE',
  });
  expect(switches.get('report')).toBeNull();
});

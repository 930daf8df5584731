import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    expect(await takePin(volume, logger)).toEqual(pin);
    expect(await takePin(volume, logger)).toEqual(pin);
    expect(lines()).toHaveLength(1);
    await removePin(volume);
    expect([await takePin(volume, logger), readdirSync(directory)]).toEqual([null, []]);
  });

  it('pin.json without a copy: nothing is taken up until somebody has decided', async () => {
    const volume = stateVolume(directory);
    const { logger } = memoryLog();
    writeFileSync(volume.pin, damage);
    for (let look = 0; look < 2; look += 1) {
      await expect(takePin(volume, logger)).rejects.toMatchObject({ code: 'GITCRON_E_PIN' });
    }
    await writePin(volume, { release: 'a', until: null });
    expect(await takePin(volume, logger)).toEqual({ release: 'a', until: null });
  });
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

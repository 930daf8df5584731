import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { APPEND_LOGS, STATE_FILES } from '../../src/state/inventory.ts';
import { openHouse, post } from '../http/house.ts';
import { until } from '../../../base/test/until.ts';

/** Directories, the lock's two names, and what is written for people and made anew at each start. */
const OTHERS = [
  'crontab.runtime.txt',
  'crontab.sha256',
  'current',
  'deps',
  'journal',
  'package.sha256',
  'releases',
  'results',
];

const CRONTAB = `
# @name regular
# @catchup last 1h
* * * * * * true
# @name broken
@manual exit 1
`;

it('names every file that a supervisor keeps', async () => {
  await using house = await openHouse({ crontab: CRONTAB });
  await house.control('/scripts/broken?wait=20', post(undefined, { 'idempotency-key': 'once' }));
  for (const order of ['jobs/regular/disable', 'jobs/broken/acknowledge', 'rollback']) {
    await house.control(`/api/v1/${order}`, post());
  }
  const expected = Object.values(STATE_FILES)
    .map(({ name }) => name)
    .filter((name) => name !== 'pin.json');
  const kept = () => readdirSync(house.stateDirectory).filter((name) => !/\.\d+$/.test(name));
  await until(async () => expected.every((name) => kept().includes(name)), expected.join(', '));
  const known = [...Object.values(STATE_FILES), ...Object.values(APPEND_LOGS)].flatMap((entry) => [
    entry.name,
    ...('keepsCopy' in entry ? [`${entry.name}.good`] : []),
  ]);
  const strange = kept().filter(
    (name) => ![...known, ...OTHERS].includes(name) && !/^control\.\w+$/.test(name),
  );
  expect(strange).toEqual([]);
}, 60_000);

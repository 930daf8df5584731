import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { statusView } from '../../src/api/status.ts';
import { openHouse, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const CRONTAB = '# @name one\n@manual true\n';

async function current(house: House): Promise<string> {
  const { release } = statusView.parse(await (await house.control('/api/v1/status')).json());
  return release?.revision ?? '';
}

it('a rollback that is to be sent again has to name its release: without, each goes back further', async () => {
  await using house = await openHouse({ crontab: CRONTAB });
  const revisions = [await current(house)];
  for (const more of ['# 2', '# 3']) {
    await writeFile(join(house.directory, 'source/app/crontab.txt'), `${CRONTAB}${more}\n`);
    await until(async () => !revisions.includes(await current(house)), `the release of ${more}`);
    revisions.push(await current(house));
  }
  const key = { 'idempotency-key': 'back' };
  const refused = await house.control('/api/v1/rollback', post({}, key));
  expect([refused.status, await refused.json()]).toMatchObject([
    422,
    { code: 'GITCRON_E_IDEMPOTENCY_KEY' },
  ]);
  expect(await current(house)).toBe(revisions[2]);
  for (let time = 0; time < 2; time += 1) {
    const body = { revision: revisions[1] };
    expect((await house.control('/api/v1/rollback', post(body, key))).status).toBe(200);
    expect(await current(house)).toBe(revisions[1]);
  }
});

import { expect, it } from 'vitest';
import { z } from 'zod';
import { readHeartbeat } from '../../src/state/heartbeat-file.ts';
import { jobView } from '../../src/api/job.ts';
import { stateVolume } from '../../src/release/state-volume.ts';
import { canMount, mountSmallDisk } from '../record/small-disk.ts';
import { openHouse, PASSWORD, post } from './house.ts';

const CRONTAB = `
# @name nightly
0 2 * * * true
`;

const items = z.object({ items: z.array(z.unknown()) });

it.runIf(canMount)(
  'a full state volume keeps nobody out, and whatever cannot last is refused (needs the right to mount)',
  async () => {
    const disk = mountSmallDisk(8);
    try {
      await using house = await openHouse({
        crontab: CRONTAB,
        stateDirectory: disk.path,
      });
      // Its replacement gives room back, which would be taken for the next thing to be written.
      const { heartbeat } = stateVolume(disk.path);
      await expect
        .poll(() => readHeartbeat(heartbeat).catch(() => null), { timeout: 20_000 })
        .toMatchObject({ revision: expect.any(String) });
      disk.fill();
      const login = await house.ask(
        '/api/v1/session',
        post({ password: PASSWORD }, { origin: house.url }),
      );
      expect(login.status).toBe(204);
      const cookie = login.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
      const headers = { cookie, origin: house.url };
      expect((await house.ask('/api/v1/jobs', { headers })).status).toBe(200);

      const token = await house.ask(
        '/api/v1/tokens',
        post({ name: 'lost', scopes: ['read'] }, headers),
      );
      expect([token.status, await token.json()]).toMatchObject([
        503,
        { code: 'GITCRON_E_ACCESS_WRITE' },
      ]);
      const tokens = await house.ask('/api/v1/tokens', { headers });
      expect(items.parse(await tokens.json()).items).toEqual([]);

      const path = '/api/v1/jobs/nightly';
      const disabled = await house.ask(`${path}/disable`, { method: 'POST', headers });
      expect([disabled.status, await disabled.json()]).toMatchObject([
        503,
        { code: 'GITCRON_E_SWITCH_WRITE' },
      ]);
      const job = jobView.parse(await (await house.ask(path, { headers })).json());
      expect(job).toMatchObject({ enabled: true, switch: null });

      disk.relieve();
      expect((await house.ask(`${path}/disable`, { method: 'POST', headers })).status).toBe(200);
    } finally {
      disk.remove();
    }
  },
);

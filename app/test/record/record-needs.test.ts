import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Recorder } from '../../src/record/recorder.ts';
import { recordNeeds } from '../../src/report/record-needs.ts';
import { describeRun, lifeOf } from './events.ts';
import { startRecorder } from './recorder-fixture.ts';
import { canMount, mountSmallDisk } from './small-disk.ts';
import { startTestServer, type TestServer } from './test-database.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const codes = (recorder: Recorder): string[] =>
  recordNeeds(recorder.status(), 0, Date.now()).map(({ code }) => code);

it('output that had to go needs somebody until all that waited is stored', async () => {
  await using fixture = await startRecorder(await server.createDatabase(), {
    journalLimitBytes: 256 * 1024,
    outputLimitBytes: 16 * 1024 * 1024,
  });
  const { recorder } = fixture;
  await recorder.shipNow();
  expect(codes(recorder)).toEqual([]);
  for (const event of lifeOf(describeRun(), Buffer.alloc(1024 * 1024, 'x'))) recorder.record(event);
  expect(codes(recorder)).toEqual(['output_left_out']);
  await recorder.shipNow();
  expect(codes(recorder)).toEqual([]);
});

it.runIf(canMount)(
  'history that waits in memory needs somebody until the database has it (needs the right to mount)',
  async () => {
    const disk = mountSmallDisk(4);
    try {
      const stateDir = join(disk.path, 'state');
      mkdirSync(stateDir);
      await using fixture = await startRecorder(await server.createDatabase(), { stateDir });
      const { recorder } = fixture;
      await recorder.shipNow();
      disk.fill();
      for (let count = 0; count < 50; count += 1)
        for (const event of lifeOf(describeRun())) recorder.record(event);
      expect(codes(recorder)).toContain('history_in_memory');
      await expect.poll(() => codes(recorder), { timeout: 20_000 }).toEqual([]);
    } finally {
      disk.remove();
    }
  },
);

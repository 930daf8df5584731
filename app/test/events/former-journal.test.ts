import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '@gitcron/base/clock';
import { Journal } from '../../src/record/journal/journal.ts';
import { memoryLog } from '../record/memory-log.ts';
import { startRecorder } from '../record/recorder-fixture.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';

const OWNER = '0c4f6a52-7f6e-4a4e-9d4e-6f1b0a8a9c11';
const INSTANCE = '5b1f0f8e-3d0c-4c55-8a86-0b6d1c6f2a22';
const RUN = '019ab000-0000-7000-8000-000000000001';
const REVISION = 'a'.repeat(40);
const RELEASE = `{"revision":"${REVISION}","subject":"Add it","author":"Ada","dependencyHash":null}`;
const END = `"status":"failed","exitCode":3,"signal":null,"durationMs":1500,"reason":"Exit code 3.","result":null`;

/** As versions before the events had one definition each wrote them, letter by letter. */
const WRITTEN = [
  `{"type":"supervisor_started","at":1763000000000,"owner":"${OWNER}","instance":"${INSTANCE}","host":"old"}`,
  `{"type":"revision_noticed","at":1763000000001,"revision":"${REVISION}"}`,
  `{"type":"dependencies_installed","at":1763000000002,"revision":"${REVISION}","dependencyHash":"${'d'.repeat(64)}","durationMs":12.5}`,
  `{"type":"release_activated","at":1763000000003,"release":${RELEASE},"reason":"new revision"}`,
  `{"type":"release_planned","at":1763000000004,"revision":"${REVISION}","jobs":{"total":0,"items":[]},"packages":{"total":0,"items":[]}}`,
  `{"type":"changes_learned","at":1763000000005,"revision":"${REVISION}","changes":{"from":"${'b'.repeat(40)}","added":1,"modified":0,"deleted":0,"files":{"total":1,"items":[{"path":"a.txt","change":"added"}]},"commits":null}}`,
  `{"type":"schedule_replaced","at":1763000000006,"revision":"${REVISION}","jobs":[{"slug":"old-job","description":"","command":"true","schedule":"@manual","zone":null,"disabled":false,"line":1}]}`,
  `{"type":"run_queued","at":1763000000007,"run":{"runId":"${RUN}","job":"old-job","command":"true","trigger":"manual","requestedBy":"ada","scheduledAt":null,"release":${RELEASE}},"origin":{"owner":"${OWNER}","instance":"${INSTANCE}","host":"old"}}`,
  `{"type":"attempt_started","at":1763000000008,"runId":"${RUN}","attempt":1,"pid":4711}`,
  `{"type":"attempt_finished","at":1763000001508,"runId":"${RUN}","attempt":1,"outcome":{${END}}}`,
  `{"type":"run_finished","at":1763000001508,"runId":"${RUN}","outcome":{${END}},"outputOmittedBytes":7}`,
  `{"type":"output_dropped","at":1763000001509,"bytesByRun":{"${RUN}":5}}`,
  `{"type":"revision_rejected","at":1763000001510,"revision":"${'c'.repeat(40)}","code":"GITCRON_E_CRONTAB","reason":"Line 1.","willRetry":false}`,
  `{"type":"sync_published","at":1763000001511,"revision":"${REVISION}","previous":null,"durationMs":3}`,
  `{"type":"sync_failed","at":1763000001512,"code":"GITCRON_E_SYNC","reason":"Away."}`,
  `{"type":"clock_set_back","at":1763000001513,"owner":"${OWNER}"}`,
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

it('a journal that an older version left is stored whole', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'gitcron-former-'));
  const journal = new Journal({
    directory: join(stateDir, 'journal', 'runs'),
    segmentBytes: 1_000_000,
    overflowBytes: 1_000_000,
    clock: systemClock,
    makeRoom: () => false,
    onTrouble: (error) => {
      throw error;
    },
    onRecovered: () => {},
    onLost: () => {},
  });
  for (const line of WRITTEN) journal.append(Buffer.from(line));
  await journal.close();
  const { logger, lines } = memoryLog();
  await using fixture = await startRecorder(await server.createDatabase(), { stateDir, logger });
  await fixture.recorder.shipNow();
  expect(await fixture.history.run(RUN)).toMatchObject({
    job: 'old-job',
    status: 'failed',
    exitCode: 3,
    reason: 'Exit code 3.',
    params: null,
    requestedBy: 'ada',
    outputOmittedBytes: 12,
    attempts: [{ attempt: 1, pid: 4711, status: 'failed' }],
  });
  const { rows } = await fixture.recorder.pool.query<{ type: string }>(
    'SELECT type FROM gitcron.events ORDER BY segment, position',
  );
  const single = WRITTEN.flatMap((line) => /^\{"type":"(\w+)"/.exec(line)?.[1] ?? []);
  const lives = ['run_queued', 'attempt_started', 'attempt_finished', 'run_finished'];
  expect(rows.map(({ type }) => type).toSorted()).toEqual(
    // And the start of this version.
    [...single.filter((type) => !lives.includes(type)), 'supervisor_started'].toSorted(),
  );
  expect(lines().filter(({ level }) => Number(level) > 30)).toEqual([]);
  await rm(stateDir, { recursive: true });
});

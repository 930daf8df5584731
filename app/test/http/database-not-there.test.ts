import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NO_OUTPUT } from '../../src/api/output.ts';
import { runView } from '../../src/api/run.ts';
import { statusView, type StatusView } from '../../src/api/status.ts';
import { GitcronProcess } from '../gitcron-process.ts';
import { startTestServer } from '../record/test-database.ts';
import { openHouse, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const CRONTAB = '# @name job\n@manual echo done\n';

async function status(house: House): Promise<StatusView> {
  return statusView.parse(await (await house.control('/api/v1/status')).json());
}

async function run(house: House) {
  return runView.parse(await (await house.control('/scripts/job?wait=20', post())).json());
}

it('while a certificate of the database is missing jobs run, and history goes there when it has come', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-certificate-'));
  const server = await startTestServer();
  const certificate = join(directory, 'root.pem');
  const url = new URL(await server.createDatabase());
  // It is read all the same, and the server of the tests has none.
  url.searchParams.set('sslmode', 'disable');
  url.searchParams.set('sslrootcert', certificate);
  const environment = { GITCRON_DATABASE_URL: url.href };
  try {
    await using house = await openHouse({ crontab: CRONTAB, environment });
    const { id } = await run(house);
    await until(async () => (await status(house)).record?.databaseDown !== null, 'the complaint');
    expect((await status(house)).needs).toMatchObject([
      { code: 'history_not_written', sentence: expect.stringContaining(certificate) },
    ]);
    await writeFile(certificate, 'one that came late');
    await until(async () => (await status(house)).needs.length === 0, 'history', 40_000);
    expect((await house.control(`/api/v1/runs/${id}/output?tail=1`)).status).toBe(200);
  } finally {
    await server.stop();
    await rm(directory, { recursive: true });
  }
}, 90_000);

it('who asks for output while the database hangs is told within two seconds, and not kept', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => void sockets.add(socket.on('error', () => {})));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const environment = {
    GITCRON_DATABASE_URL: `postgres://gitcron:secret-word@127.0.0.1:${port}/gitcron`,
  };
  try {
    await using house = await openHouse({ crontab: CRONTAB, environment });
    await run(house);
    await using logs = new GitcronProcess(['logs', 'job'], {
      cwd: house.directory,
      env: { STATE_DIR: house.stateDirectory },
    });
    await logs.sees(/Waiting for the database, which has not answered yet/);
    expect(logs.hasEnded).toBe(false);
    expect(await logs.end()).not.toBe(0);
    expect(logs.output).toContain('[GITCRON_E_DATABASE_AWAY]');
    expect(logs.output.match(/Waiting/g)).toHaveLength(1);
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
}, 60_000);

it('who waits for the end of a run is told it in spite of a database that hangs', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => void sockets.add(socket.on('error', () => {})));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const environment = {
    GITCRON_DATABASE_URL: `postgres://gitcron:secret-word@127.0.0.1:${port}/gitcron`,
  };
  try {
    await using house = await openHouse({ crontab: CRONTAB, environment });
    const { id } = await run(house);
    const askedAt = performance.now();
    const live = await house.control(`/api/v1/runs/${id}/output/live?after=${NO_OUTPUT}`);
    expect(await live.text()).toContain('event: end');
    // A connection that is not answered is given up after ten seconds.
    expect(performance.now() - askedAt).toBeLessThan(5000);
    // Who wants the output as well waits for it, but not for ever.
    const followed = await house.control(`/api/v1/runs/${id}/output/live`);
    expect(await followed.text()).toMatch(/^retry: 2000\n\nid: end\n/);
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
}, 60_000);

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Agent, fetch } from 'undici';
import { z } from 'zod';
import { freePort } from '../../src/local/free-port.ts';
import { controlSocketPath } from '../../src/state/control-socket.ts';
import { GitcronProcess } from '../gitcron-process.ts';
import { bearer, post } from './house.ts';

/** Of the supervisor: a quarter is for connections. Small, so that the test needs no more itself. */
const DESCRIPTORS = 1024;
const SOCKETS = 600;

const canLimit = (() => {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
})();

let directory: string;
let sockets: Socket[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-sockets-'));
  sockets = [];
  mkdirSync(join(directory, 'source/app'), { recursive: true });
  const crontab = `
# @name steady
* * * * * * echo >> ${directory}/ran
# @name slow
# @overlap allow
@manual sleep 60
`;
  writeFileSync(join(directory, 'source/app/crontab.txt'), crontab);
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  rmSync(directory, { recursive: true, force: true });
});

it.runIf(canLimit)(
  'idle and half-asked connections block neither the API nor the control socket nor jobs (needs prlimit)',
  async () => {
    const port = await freePort();
    const state = join(directory, 'state');
    await using gitcron = new GitcronProcess(['supervise'], {
      cwd: directory,
      through: ['prlimit', `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`],
      env: {
        SOURCE_DIR: join(directory, 'source'),
        STATE_DIR: state,
        HTTP_PORT: String(port),
        SHUTDOWN_GRACE: '0',
        TZ: 'UTC',
      },
    });
    await gitcron.sees(/API: http/);
    await gitcron.sees(/is current/);
    const control = new Agent({ connect: { socketPath: controlSocketPath(state) } });
    const overSocket = (path: string, init = {}) =>
      fetch(`http://localhost${path}`, { ...init, dispatcher: control });
    const made = await overSocket('/api/v1/tokens', post({ name: 't', scopes: ['admin'] }));
    const { secret } = z.object({ secret: z.string() }).parse(await made.json());
    const url = `http://127.0.0.1:${port}`;

    const run = await overSocket('/api/v1/jobs/slow/runs', post());
    const { id } = z.object({ id: z.string() }).parse(await run.json());
    const live = await fetch(`${url}/api/v1/runs/${id}/output/live`, { headers: bearer(secret) });

    const pid = Number(gitcron.child.pid);
    sockets = await Promise.all(
      Array.from({ length: SOCKETS }, (_, index) => stranger(port, index)),
    );
    // Again and again, as long as it takes to be sure that jobs start meanwhile.
    const ranBefore = ran();
    while (ran() < ranBefore + 3) {
      const fresh = await Promise.all(
        Array.from({ length: 50 }, (_, index) => stranger(port, index)),
      );
      for (const socket of sockets.splice(0, 50)) socket.destroy();
      sockets.push(...fresh);
      expect((await overSocket('/api/v1/status')).status).toBe(200);
      const overTcp = await fetch(`${url}/api/v1/status`, { headers: bearer(secret) });
      expect(overTcp.status).toBe(200);
      await overTcp.text();
      expect(connectionsOf(pid)).toBeGreaterThan(DESCRIPTORS / 8);
      expect(connectionsOf(pid)).toBeLessThanOrEqual(DESCRIPTORS / 4 + 50);
    }
    // Whoever is known and being answered was not sent away for it.
    await overSocket(`/api/v1/runs/${id}/cancel`, post());
    expect(await live.text()).toContain('event: end');
    expect(gitcron.output).not.toMatch(/EMFILE|could not be started|failed/);
    await control.close();
  },
  90_000,
);

/** Connects and says nothing, or not all. */
async function stranger(port: number, index: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  if (index % 2 === 1)
    socket.write('POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n');
  if (index % 4 === 1) socket.write('Content-Type: application/json\r\n\r\n{');
  return socket;
}

function ran(): number {
  try {
    return readFileSync(join(directory, 'ran'), 'utf8').length;
  } catch {
    return 0;
  }
}

/** The sockets that a process has open. */
function connectionsOf(pid: number): number {
  const listed = execFileSync('sh', ['-c', `ls -l /proc/${pid}/fd | grep -c socket: || true`], {
    encoding: 'utf8',
  });
  return Number(listed);
}

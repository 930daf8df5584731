import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Agent, fetch } from 'undici';
import { controlSocketPath } from '../../src/state/control-socket.ts';
import { GitcronProcess } from '../gitcron-process.ts';
import { post } from './house.ts';
import { until } from '../../../base/test/until.ts';

const KEYS = Array.from({ length: 40 }, (_, count) => `order-${count}`);

let directory: string;
let agent: Agent;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-keys-'));
  mkdirSync(join(directory, 'source/app'), { recursive: true });
  const note = `echo "$GITCRON_PARAMS" >> ${directory}/ran`;
  const crontab = `
# @name free
# @overlap allow
@manual ${note}
# @name in-turn
# @overlap queue
@manual ${note}; while [ ! -e ${directory}/go ]; do sleep 0.05; done
`;
  writeFileSync(join(directory, 'source/app/crontab.txt'), crontab);
  writeFileSync(join(directory, 'ran'), '');
  agent = new Agent({ connect: { socketPath: controlSocketPath(join(directory, 'state')) } });
});
afterEach(async () => {
  await agent.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Without a database: nobody but the keys can tell what began. */
async function supervise(): Promise<GitcronProcess> {
  const gitcron = new GitcronProcess(['supervise'], {
    cwd: directory,
    env: {
      SOURCE_DIR: join(directory, 'source'),
      STATE_DIR: join(directory, 'state'),
      JOB_CONCURRENCY: '50',
      HTTP_PORT: '0',
      TZ: 'UTC',
    },
  });
  await until(isReady, 'that it is ready');
  return gitcron;
}

function isReady(): Promise<boolean> {
  return ask('/readyz', {}).then(
    (status) => status === 200,
    () => false,
  );
}

async function ask(path: string, init: Parameters<typeof fetch>[1]): Promise<number> {
  const answer = await fetch(`http://localhost${path}`, { ...init, dispatcher: agent });
  await answer.text();
  return answer.status;
}

function send(job: string, key: string): Promise<number> {
  return ask(`/scripts/${job}`, post({ key }, { 'idempotency-key': key }));
}

function ran(): string[] {
  const lines = readFileSync(join(directory, 'ran'), 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => String(Object.values(JSON.parse(line) ?? {})[0])).toSorted();
}

it.each([0, 1, 5, 20])(
  'requests with keys that are sent again after kill -9 (at %i answers) run no script twice',
  async (answersBefore) => {
    const first = await supervise();
    let answers = 0;
    const sent = KEYS.map((key) =>
      send('free', key).then(
        () => (answers += 1),
        () => {},
      ),
    );
    await until(() => answers >= answersBefore, 'the first answers');
    first.child.kill('SIGKILL');
    await Promise.all(sent);
    await first.end();

    await using second = await supervise();
    const statuses = await Promise.all(KEYS.map((key) => send('free', key)));
    // 409: it began before the kill, and without a database nobody knows more.
    expect(statuses.filter((status) => status !== 202 && status !== 409)).toEqual([]);
    const started = statuses.filter((status) => status === 202).length;
    await until(() => ran().length >= started, 'that they ran');
    expect(new Set(ran()).size).toBe(ran().length);
    expect(second.hasEnded).toBe(false);
  },
  60_000,
);

it('a key whose run never began starts it after kill -9', async () => {
  const first = await supervise();
  const statuses = await Promise.all(KEYS.map((key) => send('in-turn', key)));
  expect(new Set(statuses)).toEqual(new Set([202]));
  await until(() => ran().length === 1, 'the one whose turn it is');
  first.child.kill('SIGKILL');
  await first.end();

  await using second = await supervise();
  const again = await Promise.all(KEYS.map((key) => send('in-turn', key)));
  expect(again.toSorted((a, b) => a - b)).toEqual([...Array<number>(39).fill(202), 409]);
  writeFileSync(join(directory, 'go'), '');
  await until(() => ran().length >= KEYS.length, 'all the others');
  expect(ran()).toEqual(KEYS.toSorted());
  expect(second.hasEnded).toBe(false);
}, 60_000);

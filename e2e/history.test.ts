import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { z } from 'zod';
import { eventually } from './eventually.ts';
import { GitServer } from './git-server.ts';
import { ScriptsRepository } from './scripts-repository.ts';
import { mark, Stack } from './stack.ts';

const TICKERS = ['one', 'two', 'three', 'four', 'five'];

const crontab = `
# @name slow
@manual  for word in first second third; do echo "$word"; sleep 1; done
${TICKERS.map((name) => `# @name tick-${name}\n@every 1s  echo "tick"\n`).join('')}`;

const runsSchema = z.object({
  items: z.array(z.object({ id: z.string(), job: z.string(), status: z.string() })),
});

let repository: ScriptsRepository;
let server: GitServer;
let stack: Stack;
let address: string;
let token: string;

beforeAll(async () => {
  repository = await ScriptsRepository.create();
  server = await GitServer.start(repository.directory, { username: 'ada', password: 'secret' });
  stack = await Stack.create({ ...server.settings('scripts.git'), GIT_SYNC_WAIT: '1' });
  await repository.push('Tick', { 'app/crontab.txt': crontab });
  const start = mark();
  await stack.up();
  await stack.line('app', /tick-one#\w+ succeeded/, start);
  address = `http://${await stack.compose('port', 'app', '8080')}`;
  token = await stack.exec('app', 'gitcron', 'token', 'create', 'e2e', '--scope', 'admin');
});

afterAll(async () => {
  await stack.down();
  await server.stop();
  await repository.remove();
});

/** Asks the published port with curl, as anybody's cron does. */
async function curl(path: string, ...options: string[]): Promise<string> {
  const authorization = ['--header', `Authorization: Bearer ${token.trim()}`];
  const common = ['--silent', '--show-error', '--fail-with-body', '--no-buffer'];
  const { stdout } = await execa('curl', [...common, ...authorization, ...options, address + path]);
  return stdout;
}

async function recordedRuns(job: string) {
  return runsSchema.parse(JSON.parse(await stack.exec('app', 'gitcron', 'runs', job, '--json')))
    .items;
}

let runId: string;

test('without a token nothing starts', async () => {
  const { stdout } = await execa('curl', [
    ...['--silent', '--output', '/dev/null', '--write-out', '%{http_code}'],
    ...['--request', 'POST', `${address}/scripts/slow`],
  ]);
  expect(stdout).toBe('401');
});

test('a run started by curl is followed live to its end', async () => {
  onTestFailed(() => stack.explain());
  const started = z.object({ id: z.string() });
  runId = started.parse(JSON.parse(await curl('/scripts/slow', '--request', 'POST'))).id;
  const live = await curl(`/api/v1/runs/${runId}/output/live`, '--max-time', '30');
  expect(live).toContain('event: output');
  expect(live.indexOf('event: end')).toBeGreaterThan(live.lastIndexOf('event: output'));
  expect(await stack.exec('app', 'gitcron', 'logs', runId)).toBe('first\nsecond\nthird');
});

test('it is in the history, and still there after down and up', async () => {
  onTestFailed(() => stack.explain());
  const expected = expect.objectContaining({ id: runId, job: 'slow', status: 'succeeded' });
  expect(await recordedRuns('slow')).toContainEqual(expected);
  await stack.compose('down');
  const again = mark();
  await stack.up();
  await stack.line('app', /tick-one#\w+ succeeded/, again);
  expect(await recordedRuns('slow')).toContainEqual(expected);
  expect(await stack.exec('app', 'gitcron', 'logs', runId)).toBe('first\nsecond\nthird');
});

test('the database away for a minute under load: no run is missing, none is doubled', async () => {
  onTestFailed(() => stack.explain());
  const away = mark();
  await stack.compose('stop', 'db');
  await eventually('sixty runs of each job without a database', 120_000, async () => {
    const counts = Object.values(await finishedRuns(away)).map((ids) => ids.length);
    return counts.length === TICKERS.length && Math.min(...counts) >= 60 ? counts : null;
  });
  await stack.compose('start', 'db');
  const finished = Object.values(await finishedRuns(away)).flat();
  const recorded = await eventually('the journal to be in the database', 90_000, async () => {
    const ids = (await recordedTicks()).split('\n');
    return finished.every((id) => ids.includes(id)) ? ids : null;
  });
  expect(finished.length).toBeGreaterThanOrEqual(60 * TICKERS.length);
  expect(recorded.filter((id, index) => recorded.indexOf(id) !== index)).toEqual([]);
});

/** The short ids of the runs that the log reports as succeeded, by job. */
async function finishedRuns(since: string): Promise<Record<string, string[]>> {
  const runs: Record<string, string[]> = {};
  for (const [, job = '', id = ''] of (await stack.logs('app', since)).matchAll(
    /(tick-\w+)#(\w+) succeeded/g,
  )) {
    (runs[job] ??= []).push(id);
  }
  return runs;
}

/** The short ids of all recorded runs, a line each; nothing while the database does not answer. */
async function recordedTicks(): Promise<string> {
  return stack
    .query(
      `SELECT right(run_id::text, 8) FROM gitcron.runs WHERE job LIKE 'tick-%' AND status = 'succeeded'`,
    )
    .catch(() => '');
}

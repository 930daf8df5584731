import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runView, type RunView } from '../../src/api/run.ts';
import { whyView } from '../../src/api/why.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { manifestFor } from '../release/support/npm-registry.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';
import { answerOf } from './ask-house.ts';
import { openScene, SECRET } from './git-scene.ts';
import { post } from './house.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

it('says what changed since the job last succeeded, or that nothing of yours did', async () => {
  const isUp = join(await temporaryDirectory(), 'up');
  const script = `test -e ${isUp} || { echo "Error: refused to process $$" >&2; exit 3; }\n`;
  const { house, first, push } = await openScene(server, {
    'app/crontab.txt': '# @name report\n@manual sh app/report.sh\n# @name never\n@manual exit 4\n',
    'app/report.sh': script,
    'package.json': manifestFor('hello'),
  });
  const run = async (job: string, params: object = {}): Promise<RunView> => {
    const response = await house.control(`/scripts/${job}?wait=20`, post(params));
    return runView.parse(await response.json());
  };
  const why = ({ id }: RunView) => answerOf(house, `/api/v1/runs/${id}/why`, whyView);

  await writeFile(isUp, '');
  const good = await run('report');
  expect(good.status).toBe('succeeded');
  const refused = await house.control(`/api/v1/runs/${good.id}/why`);
  expect([refused.status, await refused.json()]).toMatchObject([
    409,
    { code: 'GITCRON_E_RUN_NOT_FAILED' },
  ]);
  const since = `since its last success (#${good.id.slice(-8)})`;

  await rm(isUp);
  const down = await run('report');
  expect(await why(down)).toMatchObject({
    id: down.id,
    job: 'report',
    sentence: `Nothing of yours changed ${since}: same commit, same packages, same line, same parameters. Look outside.`,
    finding: 'nothing',
    evidence: [],
    lastSuccess: { id: good.id, finishedAt: good.finishedAt, release: first },
    changed: { anything: false, release: null, line: null, params: null, packages: [] },
    failures: { inARow: 1, sameError: { before: 0, firstAt: null } },
  });

  // The number of the process is another: the error is the same.
  const again = await run('report', { month: 10 });
  expect(await why(again)).toMatchObject({
    sentence: `Nothing of yours changed between its last success and when it began to fail so. Look outside. Changed later: its parameter month: none → 10. It failed twice in a row, both times with this error.`,
    changed: { anything: true, params: { from: null, to: { month: 10 } } },
    failures: {
      inARow: 2,
      sameError: { before: 1, firstAt: down.queuedAt, lastAt: down.queuedAt },
    },
  });

  await push({ 'README.md': 'Nothing.' }, 'Describe it');
  const second = await push(
    {
      'app/crontab.txt': '# @name report\n# @timeout 5m\n@manual sh app/report.sh --all\n',
      'app/report.sh': 'echo no such table >&2; exit 3\n',
      'package.json': manifestFor('other'),
    },
    `Use ${SECRET}`,
  );
  const changed = await why(await run('report'));
  expect(changed).toMatchObject({
    sentence: `Changed ${since}: its command: sh app/report.sh → sh app/report.sh --all, app/report.sh (${second.slice(0, 7)} “Use ***”), hello 1.0.0 (gone) and 2 more. It failed 3 times in a row. This error is new.`,
    changed: {
      anything: true,
      release: { from: first, to: second },
      commits: {
        direction: 'added',
        total: 2,
        items: [{ hash: second }, { subject: 'Describe it' }],
      },
      line: { to: { slug: 'report', settings: { timeoutMs: 300_000 } } },
      command: { from: 'sh app/report.sh', to: 'sh app/report.sh --all' },
      packages: [{ name: 'hello' }, { name: 'other' }],
      params: null,
    },
    failures: { inARow: 3, sameError: { before: 0 } },
  });
  expect(changed.changed?.files?.items.map(({ path }) => path)).toEqual([
    'README.md',
    'app/crontab.txt',
    'app/report.sh',
    'package.json',
  ]);
  expect(JSON.stringify(changed)).not.toContain(SECRET);
}, 120_000);

it('has nothing to compare with where the job never succeeded', async () => {
  const { house } = await openScene(server, {
    'app/crontab.txt': '# @name never\n@manual exit 4\n',
  });
  const started = await house.control('/scripts/never?wait=20', post({}));
  const { id } = runView.parse(await started.json());
  expect(await answerOf(house, `/api/v1/runs/${id}/why`, whyView)).toMatchObject({
    sentence:
      'No run of never before it succeeded, as far as is remembered: there is nothing to compare it with.',
    lastSuccess: null,
    changed: null,
  });
}, 60_000);

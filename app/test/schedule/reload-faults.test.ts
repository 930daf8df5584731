import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';

const GOOD = '* * * * * * * echo tick\n';

/** Root may read everything, so root's supervisor runs as somebody else. */
const AS_USER =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=12345', '--regid=12345', '--clear-groups'] : [];

let directory: string;
let crontab: string;
let gitcron: GitcronProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitcron-faults-'));
  await chmod(directory, 0o777);
  crontab = join(directory, 'crontab');
  await writeFile(crontab, GOOD);
  gitcron = new GitcronProcess(['cron', crontab, '--state', join(directory, 'state')], {
    cwd: directory,
    env: { TZ: 'UTC', POLL_SEC: '1' },
    through: AS_USER,
  });
  await gitcron.sees(/tick/);
});

afterAll(async () => {
  await gitcron[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** Another content in one step, as an editor or git does it. */
async function put(content: string | Uint8Array): Promise<void> {
  await writeFile(`${crontab}.new`, content);
  await rename(`${crontab}.new`, crontab);
}

const COMPLAINT = /the schedule stays as it is/g;

test.each([
  ['deleted', () => rm(crontab)],
  ['unreadable', () => chmod(crontab, 0o000)],
  ['empty', () => put('')],
  ['half-written', () => put(`${GOOD}0 2 * *`)],
  ['30 February', () => put(`${GOOD}0 0 30 2 * echo never\n`)],
  ['binary', () => put(Uint8Array.from({ length: 4096 }, (_, index) => index % 256))],
  ['100 MB', () => put(new Uint8Array(100_000_000).fill(35))],
])('%s: the schedule stays, and one error says why', async (_what, damage) => {
  const from = gitcron.output.length;
  await damage();
  const complaintAt = await gitcron.sees(/the schedule stays as it is/, from);
  // The same fault is looked at again, every second, while the job of every second goes on.
  const firstTick = await gitcron.sees(/tick/, complaintAt);
  await gitcron.sees(/tick/, firstTick);
  expect(gitcron.output.slice(from).match(COMPLAINT)).toHaveLength(1);
  expect(gitcron.output.slice(from)).toMatch(/\[GITCRON_E_/);
  await put(GOOD);
  await gitcron.sees(/as it was again/, from);
});

test.each([
  ['A=', `A=\n${GOOD}* * * * * * * echo "[$A]"\n`, /\[\]/],
  ['a past year', `0 0 1 1 * 2020 echo never\n${GOOD}* * * * * * * echo still\n`, /still/],
])('%s is no fault: the new schedule is in force', async (_what, content, sign) => {
  const from = gitcron.output.length;
  await put(content);
  await gitcron.sees(sign, from);
  expect(gitcron.output.slice(from)).not.toMatch(COMPLAINT);
});

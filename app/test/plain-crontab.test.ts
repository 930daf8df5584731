import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readCronSettings } from '../src/config/cron-settings.ts';
import { createLog } from '@gitcron/base/log';
import { startPlainCrontab } from '../src/plain-crontab.ts';
import { takeSupervisorLock } from '../src/state/supervisor-lock.ts';

test.each([
  { what: 'wrong', crontab: '* * *\n', code: 'GITCRON_E_CRONTAB' },
  { what: 'missing', crontab: null, code: 'GITCRON_E_CRONTAB_FILE' },
])('a start with a $what crontab leaves nothing taken', async ({ crontab, code }) => {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-plain-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'crontab.txt');
  if (crontab !== null) writeFileSync(file, crontab);
  const log = createLog({ format: 'text', level: 'info', file: join(directory, 'log') });
  const options = { file, directory, stateDirectory: directory, environment: {}, log };
  const starting = startPlainCrontab({ ...options, settings: readCronSettings({}) });
  await expect(starting).rejects.toMatchObject({ code });
  await (await takeSupervisorLock(directory)).release();
});

test('a crontab that is a pipe is refused and not waited for', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-plain-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'crontab.txt');
  execFileSync('mkfifo', [file]);
  const log = createLog({ format: 'text', level: 'info', file: join(directory, 'log') });
  const options = { file, directory, stateDirectory: directory, environment: {}, log };
  const starting = startPlainCrontab({ ...options, settings: readCronSettings({}) });
  await expect(starting).rejects.toMatchObject({ code: 'GITCRON_E_CRONTAB_FILE' });
});

function doubtfulJob(name: string): string {
  return `# @name ${name}\n0 0 0 1 * * true\n`;
}

test('what is doubtful in a crontab is said once, until there is more of it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-plain-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'crontab.txt');
  const logFile = join(directory, 'log');
  const log = createLog({ format: 'text', level: 'info', file: logFile });
  const said = (text: string) => readFileSync(logFile, 'utf8').split(text).length - 1;
  writeFileSync(file, doubtfulJob('one'));
  const options = { file, directory, stateDirectory: directory, environment: {}, log };
  const running = await startPlainCrontab({
    ...options,
    settings: readCronSettings({ POLL_SEC: '1' }),
  });
  onTestFinished(() => running.stop());
  await expect.poll(() => said('Six fields'), { timeout: 10_000 }).toBe(1);
  writeFileSync(file, `# Moved down\n\n${doubtfulJob('renamed')}`);
  await expect.poll(() => said('renamed'), { timeout: 10_000 }).toBe(1);
  expect(said('Six fields')).toBe(1);
  writeFileSync(file, doubtfulJob('renamed') + doubtfulJob('another'));
  await expect.poll(() => said('another'), { timeout: 10_000 }).toBe(1);
  expect(said('Six fields')).toBe(3);
});

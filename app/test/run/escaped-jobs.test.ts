import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GitcronProcess, processesOf } from '../gitcron-process.ts';
import { until } from '../../../base/test/until.ts';

/** Nobody else's on this machine, nor of another run of these tests: all its processes are ended. */
const JOBS_UID = 40_000 + (process.pid % 20_000);

/** A job that hides a process as well as it can, and ends. */
function stage() {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-escaped-'));
  chmodSync(directory, 0o755);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const source = join(directory, 'source');
  mkdirSync(join(source, 'app'), { recursive: true });
  const script = join(source, 'escaped.sh');
  writeFileSync(script, "trap '' TERM HUP INT\nwhile :; do sleep 0.2; done\n");
  const hide = `env -i PATH="$PATH" setsid sh ${script} </dev/null >/dev/null 2>&1 &`;
  const crontab = join(source, 'app/crontab.txt');
  writeFileSync(crontab, `# @name hider\n@reboot ${hide}\n`);
  const env = {
    SOURCE_DIR: source,
    STATE_DIR: join(directory, 'state'),
    TZ: 'UTC',
    JOB_USER: `${JOBS_UID}:${JOBS_UID}`,
    INSTALL_USER: `${JOBS_UID + 1}:${JOBS_UID + 1}`,
  };
  const escaped = () => processesOf(script);
  onTestFinished(() => {
    for (const line of escaped()) process.kill(Number.parseInt(line, 10), 'SIGKILL');
  });
  const start = (...args: string[]) => new GitcronProcess(args, { cwd: directory, env });
  const untilHidden = async (gitcron: GitcronProcess): Promise<void> => {
    await gitcron.sees(/hider#\w+ .*succeeded/);
    await until(() => escaped().length === 1, 'the process that hides');
  };
  return { crontab, start, escaped, untilHidden };
}

const canChangeUser = process.platform === 'linux' && process.getuid?.() === 0;

// Changing to another user takes root: elsewhere there is nothing to test.
describe.runIf(canChangeUser)('a process that left its session and cleared its environment', () => {
  test('ends when the supervisor stops', async () => {
    const { start, escaped, untilHidden } = stage();
    await using supervisor = start('supervise');
    await untilHidden(supervisor);
    supervisor.interrupt();
    expect(await supervisor.end()).toBe(0);
    expect(escaped()).toEqual([]);
  });

  test('ends when the next supervisor starts, before any job does', async () => {
    const { start, escaped, untilHidden } = stage();
    {
      await using supervisor = start('supervise');
      await untilHidden(supervisor);
      supervisor.child.kill('SIGKILL');
      await supervisor.end();
    }
    const [left] = escaped();
    expect(left).toBeDefined();
    await using next = start('supervise');
    await untilHidden(next);
    expect(escaped()).not.toContain(left);
  });

  test('is let be by `gitcron cron`, whose user may run other crontabs', async () => {
    const { crontab, start, escaped, untilHidden } = stage();
    await using cron = start('cron', crontab, '--state', join(crontab, '../../../cron-state'));
    await untilHidden(cron);
    cron.interrupt();
    await cron.end();
    expect(escaped()).toHaveLength(1);
  });
});

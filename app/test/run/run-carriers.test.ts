import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, onTestFinished, test } from 'vitest';
import { findCarriers } from '../../src/run/process/run-carriers.ts';

function carrierOf(runId: string): number {
  const child = spawn('sleep', ['60'], { env: { ...process.env, GITCRON_RUN_ID: runId } });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.pid === undefined) throw new Error('cannot start sleep');
  return child.pid;
}

// Environments of processes are read from /proc.
test.skipIf(process.platform !== 'linux')(
  'hundreds of runs that end at once are looked for together, each finds its own',
  async () => {
    const runs = Array.from({ length: 300 }, () => randomUUID());
    const [first = '', , third = ''] = runs;
    const pids = [carrierOf(first), carrierOf(third)];
    let scans = 0;
    const count = (): void => {
      scans += 1;
    };
    subscribe('child_process', count);
    onTestFinished(() => void unsubscribe('child_process', count));
    const found = await Promise.all(runs.map((runId) => findCarriers(runId, null)));
    expect(found.map((entries) => entries.map(({ pid }) => pid))).toEqual(
      runs.map((_, index) => (index === 0 ? [pids[0]] : index === 2 ? [pids[1]] : [])),
    );
    expect(scans).toBe(1);
    const later = carrierOf(runs[1] ?? '');
    const scanned = scans;
    expect((await findCarriers(runs[1] ?? '', null)).map(({ pid }) => pid)).toEqual([later]);
    expect(scans).toBe(scanned + 1);
  },
);

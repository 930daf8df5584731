import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTestRunner, isAlive, makeJob, noted, slotOf } from './test-runner.ts';

const COMMANDS = [
  ...['true', 'exit 3', 'sleep 0.1', 'exec sleep 9', 'yes | head -c 2000000'],
  ...["trap '' TERM; sleep 5", 'sleep 77 & exit 1', 'setsid sleep 66 >/dev/null 2>&1 & true'],
];

const settings = fc.record({
  overlap: fc.constantFrom('skip', 'queue', 'allow', 'replace'),
  retries: fc.nat(2),
  retryDelayMs: fc.nat(30),
  graceMs: fc.nat(200),
  timeoutMs: fc.option(fc.integer({ min: 1, max: 100 })),
  lock: fc.constantFrom(null, null, null, 'shared'),
});

const step = fc.record({
  settings,
  command: fc.constantFrom(...COMMANDS),
  job: fc.nat(4),
  how: fc.constantFrom('start', 'fire', 'fire unprepared', 'withdraw'),
  /** Of those that were started before. */
  cancels: fc.option(fc.nat(59)),
  pauseMs: fc.nat(20),
});

const life = fc.record({
  concurrency: fc.integer({ min: 1, max: 6 }),
  steps: fc.array(step, { minLength: 60, maxLength: 60 }),
  killedAfterMs: fc.option(fc.nat(300)),
});

type Life = ReturnType<(typeof life)['generate']>['value'];

/** Does all of it, one after the other, and stops in the middle of what runs. */
async function live({ concurrency, steps, killedAfterMs }: Life) {
  const { runner, events, directory } = createTestRunner({ concurrency });
  const runIds: string[] = [];
  const settledOf = new Map<string, number>();
  for (const [index, { command, job: number, how, cancels, pauseMs, ...of }] of steps.entries()) {
    const job = makeJob(command, of.settings, { slug: `j${number}` });
    if (how === 'start') {
      const started = await runner.start({ job, trigger: 'manual', requestedBy: 'anna' });
      if (started.kind === 'accepted') runIds.push(started.run.runId);
    } else {
      // A slot of its own for each: an instant that no other has.
      const slot = slotOf(job, 1_000_000_000_000 + index);
      const name = String(slot.at);
      if (how !== 'fire unprepared') runner.prepare(slot);
      await pause(pauseMs);
      if (how === 'withdraw') runner.withdraw(slot);
      else {
        settledOf.set(name, 0);
        runner.fire(slot, () => settledOf.set(name, (settledOf.get(name) ?? 0) + 1));
      }
    }
    if (cancels !== null) await runner.cancel(runIds[cancels % runIds.length] ?? '', 'anna');
  }
  const stopped = runner.shutdown({ graceMs: 300 });
  if (killedAfterMs !== null) {
    await pause(killedAfterMs);
    runner.kill();
  }
  await stopped;
  return { events, settledOf, runningFile: join(directory, 'running.json') };
}

test('started, fired, withdrawn, canceled, replaced, timed out and stopped at random: each run ends once, and so does each process', async () => {
  const lives = fc.sample(life, Number(process.env['LIVES'] ?? 4));
  for (const { events, settledOf, runningFile } of await Promise.all(lives.map(live))) {
    const queued = events.filter((event) => event.type === 'run_queued');
    const finished = events.filter((event) => event.type === 'run_finished');
    expect(finished.map(({ runId }) => runId).toSorted()).toEqual(
      queued.map(({ run }) => run.runId).toSorted(),
    );
    const started = events.filter((event) => event.type === 'attempt_started');
    expect(events.filter(({ type }) => type === 'attempt_finished')).toHaveLength(started.length);
    expect(started.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(noted(runningFile)).toEqual([]);
    // A slot is dealt with once: when its run begins or is given up; not when a stop came first.
    for (const { scheduledAt, attempts, outcome } of finished) {
      if (scheduledAt === null) continue;
      const stoppedBefore = attempts === 0 && outcome.reason.startsWith('Ended by the shutdown');
      expect([outcome.reason, settledOf.get(String(scheduledAt))]).toEqual([
        outcome.reason,
        stoppedBefore ? 0 : 1,
      ]);
    }
  }
}, 60_000);

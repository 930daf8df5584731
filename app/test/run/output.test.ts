import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { createMask } from '@gitcron/base/secrets/mask';
import { startSupervisor } from './supervisor-process.ts';
import { createTestRunner, makeJob } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

function messages(lines: readonly string[], stream: string): string[] {
  return lines
    .map((line) => JSON.parse(line))
    .filter((line) => line.stream === stream)
    .map((line) => line.msg);
}

test('both streams are kept apart, each in order, to the last unterminated line', async () => {
  const { start, outcome, output, logLines } = createTestRunner({ format: 'json' });
  const command =
    'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo "out $i"; echo "err $i" >&2; done; printf end';
  const runId = start(makeJob(command));
  await outcome(runId);
  const numbers = Array.from({ length: 2000 }, (_, index) => index + 1);
  expect(messages(await logLines(), 'stdout')).toEqual([...numbers.map((n) => `out ${n}`), 'end']);
  expect(messages(await logLines(), 'stderr')).toEqual(numbers.map((n) => `err ${n}`));
  expect(output(runId).toString()).toBe(`${numbers.map((n) => `out ${n}\n`).join('')}end`);
});

test('a line of 10 MiB arrives whole, in the log and in the record', async () => {
  const { start, outcome, output, logLines } = createTestRunner({ format: 'json' });
  const runId = start(makeJob('head -c 10485760 /dev/zero | tr "\\0" x'));
  await outcome(runId);
  expect(messages(await logLines(), 'stdout')).toEqual(['x'.repeat(10_485_760)]);
  expect(output(runId)).toHaveLength(10_485_760);
});

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('the record gets every byte as it was written', async () => {
  const { start, outcome, output, directory } = createTestRunner();
  const file = join(directory, 'work', 'bytes');
  const runId = start(makeJob(`head -c 3000000 /dev/urandom | tee ${file}`));
  await outcome(runId);
  expect(hash(output(runId))).toBe(hash(readFileSync(file)));
});

test('what is written just before the end is not lost', async () => {
  const { start, outcome, output } = createTestRunner();
  const runs = Array.from({ length: 30 }, (_, index) =>
    start(makeJob('head -c 60000 /dev/zero; echo last', {}, { slug: `job-${index}` })),
  );
  await Promise.all(runs.map(outcome));
  for (const runId of runs) expect(output(runId).toString('latin1')).toMatch(/^\0{60000}last\n$/);
});

test('an output transform sees all bytes of a stream and has the last word', async () => {
  const { start, outcome, output, logText } = createTestRunner({
    outputTransform: () => ({
      push: (bytes) => Buffer.from(bytes.toString().replaceAll('secret', '***')),
      end: () => Buffer.from('[end]'),
    }),
  });
  const runId = start(makeJob('echo a secret'));
  await outcome(runId);
  expect(output(runId).toString()).toBe('a ***\n[end]');
  expect(await logText()).toMatch(/\| a \*\*\*\n[^]*\| \[end\]\n/);
});

test('of a secret that the limit of a result cuts, not even the beginning is seen', async () => {
  const { start, outcome } = createTestRunner({
    outputTransform: createMask(['hunter2-hunter2']).transform,
  });
  const shown = 'x'.repeat(64 * 1024 - 5);
  const command = `{ head -c ${shown.length} /dev/zero | tr "\\0" x; printf hunter2-hunter2; } >$GITCRON_RESULT_FILE`;
  const { result } = await outcome(start(makeJob(command)));
  expect(result).toBe(`${shown}***`);
});

/** Resident memory in bytes (proc_pid_statm(5)). */
function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
}

test.skipIf(process.platform !== 'linux')(
  'a reader that stands still holds the job back; memory stays flat and no line is lost',
  async () => {
    const { child, pid, tell } = startSupervisor({ readOutput: false });
    const lines = 1_500_000;
    tell('run', `seq ${lines}`);
    // Its first output fills the pipe; from then on nothing moves.
    await new Promise((resolve) => void child.stdout.once('readable', resolve));
    let most = 0;
    let steady = 0;
    await until(() => {
      const now = residentBytes(pid);
      steady = now > most ? 0 : steady + 1;
      most = Math.max(most, now);
      return steady > 50;
    }, 'memory that grows no more');
    expect(most).toBeLessThan(200 * 1024 * 1024);

    let expected = 1;
    for await (const line of createInterface({ input: child.stdout })) {
      const { room, msg } = JSON.parse(line);
      if (room === 'job') {
        if (msg !== String(expected)) throw new Error(`${msg} in the place of ${expected}`);
        expected += 1;
      } else if (/ succeeded /.test(msg)) break;
    }
    expect(expected).toBe(lines + 1);
  },
  60_000,
);

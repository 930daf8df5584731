import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestRunner, makeJob, noted, slotOf, type TestRunner } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

/** The job's process, once it waits at the gate: its own standard input would not make it wait. */
async function pidAtGate({ directory }: TestRunner): Promise<number> {
  const file = join(directory, 'running.json');
  const pid = await until(() => noted(file)[0]?.pid, 'a held process');
  // While a process waits in the kernel, the file begins with the call's number and first argument.
  const readsInput = /^\d+ 0x0 /;
  const system = `/proc/${pid}/syscall`;
  await until(() => readsInput.test(readFileSync(system, 'latin1')), 'its wait at the gate');
  return pid;
}

function programOf(pid: number): string {
  return basename(readlinkSync(`/proc/${pid}/exe`));
}

test('the command of a crontab with another SHELL runs in it', async () => {
  const rig = createTestRunner();
  const environment = { SHELL: '/bin/bash', GREETING: 'good day' };
  const job = makeJob('[[ -n $BASH_VERSION ]] && echo "$GREETING $SHELL $0"', {}, { environment });
  const runId = rig.start(job);
  expect(await rig.outcome(runId)).toMatchObject({ status: 'succeeded' });
  expect(rig.output(runId).toString()).toBe('good day /bin/bash /bin/bash\n');
});

test('a shell that knows neither `read` nor descriptors runs its commands, too', async () => {
  const rig = createTestRunner();
  const shell = join(rig.directory, 'shell');
  writeFileSync(shell, '#!/bin/sh\necho "$# $1 $2"\n', { mode: 0o755 });
  const runId = rig.start(makeJob('print "a b"', {}, { environment: { SHELL: shell } }));
  expect(await rig.outcome(runId)).toMatchObject({ status: 'succeeded' });
  expect(rig.output(runId).toString()).toBe('2 -c print "a b"\n');
});

test('a SHELL that is not there: a failed run that says so', async () => {
  const rig = createTestRunner();
  for (const name of ['bash', 'fish']) {
    const environment = { SHELL: join(rig.directory, name) };
    const { status, reason } = await rig.outcome(rig.start(makeJob('true', {}, { environment })));
    expect(status).toBe('failed');
    expect(reason).toMatch(/not there|not found/);
  }
});

test('a function that bash finds in its environment is called by its name', async () => {
  const rig = createTestRunner();
  const environment = { SHELL: '/bin/bash', 'BASH_FUNC_greet%%': '() {  echo "hello $1"\n}' };
  const runId = rig.start(makeJob('greet Ada', {}, { environment }));
  expect(await rig.outcome(runId)).toMatchObject({ status: 'succeeded' });
  expect(rig.output(runId).toString()).toBe('hello Ada\n');
});

// What waits, and where, only Linux tells.
test.skipIf(process.platform !== 'linux')('bash itself waits at the gate', async () => {
  const rig = createTestRunner();
  const slot = slotOf(makeJob('echo begun', {}, { environment: { SHELL: '/bin/bash' } }));
  rig.runner.prepare(slot);
  expect(programOf(await pidAtGate(rig))).toBe('bash');
});

test.skipIf(process.platform !== 'linux')('a BASH_ENV is not read before the slot', async () => {
  const rig = createTestRunner();
  const [proof, file] = [join(rig.directory, 'proof'), join(rig.directory, 'bash-env')];
  writeFileSync(file, `touch ${proof}\n`);
  const environment = { SHELL: '/bin/bash', BASH_ENV: file };
  const slot = slotOf(makeJob('echo begun', {}, { environment }));
  rig.runner.prepare(slot);
  expect(programOf(await pidAtGate(rig))).not.toBe('bash');
  expect(existsSync(proof)).toBe(false);
  rig.runner.fire(slot);
  await rig.event(({ type }) => type === 'run_finished');
  expect(existsSync(proof)).toBe(true);
});

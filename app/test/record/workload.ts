/**
 * A supervisor that only records: run after run with a known content, as fast as it is told to.
 * Usage: workload.ts OPTIONS, where OPTIONS is `WorkloadOptions` as JSON.
 * Prints a line for each run that has finished, and ends by SIGTERM or when all are done.
 */
import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { v7 as newUuid } from 'uuid';
import { z } from 'zod';
import { systemClock } from '@gitcron/base/clock';
import { createLog } from '@gitcron/base/log';
import { createRecorder } from '../../src/record/recorder.ts';
import { attemptEvent, describeRun, finishedEvent, startedEvent } from './events.ts';
import { linesOf, outcomeOf } from './known-run.ts';

const optionsSchema = z.object({
  stateDir: z.string(),
  databaseUrl: z.string(),
  journalLimitBytes: z.number(),
  /** 0: until SIGTERM. */
  runs: z.number(),
  linesPerRun: z.number(),
  pauseMs: z.number(),
  logFile: z.string(),
});
export type WorkloadOptions = z.output<typeof optionsSchema>;

const options = optionsSchema.parse(JSON.parse(process.argv[2] ?? ''));
const log = createLog({ format: 'text', level: 'info', file: options.logFile });
const recorder = createRecorder({
  ...options,
  logger: log.logger,
  clock: systemClock,
  host: 'workload',
  outputLimitBytes: 64 * 1024 * 1024,
});
recorder.start();

const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());

for (
  let count = 0;
  !stopping.signal.aborted && (options.runs === 0 || count < options.runs);
  count += 1
) {
  const run = describeRun({ runId: newUuid(), job: `job-${count % 10}` });
  const { runId } = run;
  const at = Date.now();
  recorder.record({ type: 'run_queued', at, run });
  recorder.record(startedEvent(run, { at }));
  for (const { stream, bytes } of linesOf(runId, options.linesPerRun)) {
    recorder.record({ type: 'output', at: Date.now(), runId, attempt: 1, stream, bytes });
  }
  await pause(options.pauseMs);
  const outcome = outcomeOf(runId);
  recorder.record(attemptEvent(run, { outcome }));
  recorder.record(finishedEvent(run, { outcome }));
  writeSync(1, `${runId}\n`);
}
await recorder.stop(20_000);
await log.flush();

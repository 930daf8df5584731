import type { Log } from './log.ts';

/** Ends this process when its log is out, or when nobody takes the log. */
export async function endProcess(log: Pick<Log, 'flush'>, exitCode: number): Promise<never> {
  // `process.exit` would wait for the thread whose write to a full pipe never returns.
  if (!(await log.flush())) process.kill(process.pid, 'SIGKILL');
  return process.exit(exitCode);
}

import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `GITCRON` names another program than ours to measure, as words separated by spaces. */
export const OURS = (process.env['GITCRON'] ?? `${process.execPath} app/bin/gitcron.js cron`).split(
  ' ',
);

/** The peer to measure beside ours, where `SUPERCRONIC` names it. */
export const PEER = process.env['SUPERCRONIC']?.split(' ');

/** A program at work on a crontab, in a directory of its own. */
export interface CronProgram {
  readonly child: ChildProcess;
  readonly directory: string;
  /** The file that it reads. */
  readonly crontab: string;
}

export interface CronProgramOptions {
  /** @param directory where the jobs may write. */
  readonly crontab: (directory: string) => string;
  readonly stdio?: StdioOptions;
  /** How it is ended; by SIGTERM where it is left out. */
  readonly endBy?: NodeJS.Signals;
  /** Of its own; that of this process where it is left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Starts the program, and ends it and deletes its directory when `measure` is done, whatever came of it. */
export async function onCrontab<Measured>(
  program: readonly string[],
  options: CronProgramOptions,
  measure: (program: CronProgram) => Promise<Measured>,
): Promise<Measured> {
  const { crontab: textOf, stdio = 'ignore', environment = process.env, endBy } = options;
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-bench-'));
  const crontab = join(directory, 'crontab');
  writeFileSync(crontab, textOf(directory));
  const [file = '', ...words] = program;
  const env = { ...environment, TZ: 'UTC', XDG_STATE_HOME: directory };
  const child = spawn(file, [...words, crontab], { stdio, env });
  const exited = once(child, 'exit');
  try {
    return await measure({ child, directory, crontab });
  } finally {
    child.kill(endBy);
    await exited;
    rmSync(directory, { recursive: true });
  }
}

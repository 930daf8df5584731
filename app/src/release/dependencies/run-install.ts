import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { endProcessesOf } from '../../processes/end-user-processes.ts';
import type { ProcessUser } from '../../processes/process-user.ts';
import type { Logger } from '@gitcron/base/log';
import { deleteTree, giveTree, takeTreeBack } from '../ownership.ts';
import { UNFINISHED, type StateVolume } from '../state-volume.ts';
import type { DependencyRequest, InstallStep } from './dependency-manager.ts';
import { emptyLargeCache, type DownloadCache } from './download-cache.ts';
import { guardGroup } from './guard-group.ts';
import { inertLine } from './inert-line.ts';
import { explainInstallFailure, InstallError } from './install-error.ts';

export interface InstallOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Whom installs run as; absent, they run as the supervisor's own user. */
  readonly user: ProcessUser | undefined;
  /** Absent, each manager keeps its downloads where it likes. */
  readonly cache?: DownloadCache | undefined;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/**
 * Runs a manager's steps in `directory`, which holds the request's files. Afterwards everything
 * in there belongs to the supervisor again, and no process is left: one that goes on could hold a
 * file open, and write into it whoever owns it by then.
 *
 * @throws InstallError; CodedError of what is not as its lockfile says; the signal's reason.
 */
export async function runInstall(
  volume: StateVolume,
  request: DependencyRequest,
  directory: string,
  options: InstallOptions,
  signal: AbortSignal,
): Promise<void> {
  const { user } = options;
  if (user === undefined) await runSteps(request, directory, options, signal);
  else await runStepsAs(user, volume, request, directory, options, signal);
  await request.manager.finish?.(request, directory);
}

async function runStepsAs(
  user: ProcessUser,
  volume: StateVolume,
  request: DependencyRequest,
  directory: string,
  options: InstallOptions,
  signal: AbortSignal,
): Promise<void> {
  // What an install leaves in its home directory (an .npmrc, a .pth file) must not reach the next.
  const home = await mkdtemp(join(volume.root, UNFINISHED));
  const environment = { ...options.environment, HOME: home };
  try {
    await giveTree(home, user);
    await giveTree(directory, user);
    await runSteps(request, directory, { ...options, environment }, signal);
  } finally {
    const { left } = await endProcessesOf(user);
    await takeTreeBack(directory, user);
    await deleteTree(home);
    if (left.length > 0) refuseToGoOn(request, left);
  }
}

function refuseToGoOn({ files, directory }: DependencyRequest, left: readonly number[]): never {
  const place = files[0]?.path ?? directory;
  throw new InstallError(
    `Installing ${place} left processes that do not end: ${left.join(', ')}.`,
    {
      place,
      hint: 'It is tried again by itself. A process that SIGKILL does not end waits for a disk or a network file system; see to that, or restart the container.',
      outlook: 'transient',
    },
  );
}

async function runSteps(
  request: DependencyRequest,
  directory: string,
  options: InstallOptions,
  signal: AbortSignal,
): Promise<void> {
  const { cache, user, logger } = options;
  if (cache !== undefined) {
    const paths = Object.values(request.manager.cacheVariables(cache.directory));
    await emptyLargeCache(paths, cache.limitMib, user, logger);
  }
  const place = request.files[0]?.path ?? request.directory;
  const reminder = setInterval(() => {
    logger.info(`Still installing ${place}.`);
  }, 30_000);
  try {
    for (const step of request.manager.steps(request)) {
      const result = await runStep(step, request, directory, options, signal);
      signal.throwIfAborted();
      if (result.failed) {
        const left = (await request.manager.wordsLeftIn?.(directory)) ?? [];
        const { code, exitCode, signal: endedBy, timedOut, stdout } = result;
        const all = [...left, result.all].join('\n');
        const ended = { code, exitCode, signal: endedBy, timedOut, stdout, all };
        throw explainInstallFailure(step, request, ended, options.timeoutMs);
      }
      tellWarnings(request, result.all, logger);
    }
  } finally {
    clearInterval(reminder);
  }
}

/** More of them nobody reads, and a list of deprecated packages can be long. */
const SHOWN_WARNINGS = 20;

function tellWarnings({ manager }: DependencyRequest, output: string, logger: Logger): void {
  const warnings = manager.warningsIn(output);
  for (const warning of warnings.slice(0, SHOWN_WARNINGS)) {
    logger.warn(`${manager.name}: ${inertLine(warning)}`);
  }
  const left = warnings.length - SHOWN_WARNINGS;
  if (left > 0) logger.warn(`${manager.name}: and ${left} warnings more.`);
}

async function runStep(
  { command, args, environment: ofStep }: InstallStep,
  { manager }: DependencyRequest,
  directory: string,
  { environment, user, cache, timeoutMs }: InstallOptions,
  signal: AbortSignal,
) {
  const cacheVariables = cache === undefined ? {} : manager.cacheVariables(cache.directory);
  const step = execa(command, args, {
    all: true,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    cwd: directory,
    env: { ...environment, ...cacheVariables, ...ofStep },
    cancelSignal: signal,
    timeout: timeoutMs,
    killDescendants: true,
    forceKillAfterDelay: 5000,
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  const release = step.pid === undefined ? async () => {} : guardGroup(step.pid, user);
  try {
    return await step;
  } finally {
    await release();
  }
}

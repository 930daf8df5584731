import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ProcessUser } from '../../config/user.ts';
import { CodedError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { deleteTree, giveTree, takeTreeBack } from '../ownership.ts';
import type { DependencyRequest, InstallStep } from './dependency-manager.ts';

export interface InstallOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Whom installs run as; absent, they run as the supervisor's own user. */
  readonly user: ProcessUser | undefined;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** An install that did not work. */
export class InstallError extends CodedError<'GITCRON_E_INSTALL'> {
  readonly transient: boolean;

  constructor(message: string, hint: string, transient: boolean, place: string) {
    super('GITCRON_E_INSTALL', message, { hint, place });
    this.transient = transient;
  }
}

/**
 * Runs a manager's steps in `directory`, which holds the request's files. Afterwards everything
 * in there belongs to the supervisor again.
 *
 * @throws InstallError; the output of the step that failed is in the log by then.
 */
export async function runInstall(
  request: DependencyRequest,
  directory: string,
  options: InstallOptions,
  signal: AbortSignal,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'gitcron-install-'));
  try {
    if (options.user) {
      await giveTree(home, options.user);
      await giveTree(directory, options.user);
    }
    for (const step of request.manager.steps(request)) {
      await runStep(step, { request, directory, home, options, signal });
    }
  } finally {
    if (options.user) await takeTreeBack(directory);
    await deleteTree(home, options.user);
  }
}

interface StepContext {
  readonly request: DependencyRequest;
  readonly directory: string;
  readonly home: string;
  readonly options: InstallOptions;
  readonly signal: AbortSignal;
}

async function runStep(step: InstallStep, context: StepContext): Promise<void> {
  const { request, directory, home, options, signal } = context;
  const { user, logger, timeoutMs } = options;
  const commandLine = [request.manager.name, ...step.args].join(' ');
  const place = request.files[0]?.path ?? request.directory;
  const reminder = setInterval(() => logger.info(`Still installing ${place}.`), 30_000);
  const result = await execa(step.command, step.args, {
    cwd: directory,
    env: environmentFor(options.environment, user ? home : undefined),
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    cancelSignal: signal,
    timeout: timeoutMs,
    killDescendants: true,
    forceKillAfterDelay: 5000,
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  clearInterval(reminder);
  signal.throwIfAborted();
  if (!result.failed) return;
  logOutput(logger, result.all);
  if (result.code === 'ENOENT') {
    throw new InstallError(
      `${step.command} is not installed here, so ${place} cannot be.`,
      `Install ${step.command} on this machine; for the image, name its Debian packages in APP_APT_PACKAGES and build again.`,
      false,
      place,
    );
  }
  if (result.timedOut) {
    throw new InstallError(
      `Installing ${place} took longer than ${timeoutMs / 1000} s and was stopped.`,
      'Look at its output above; raise INSTALL_TIMEOUT if it only needs more time.',
      true,
      place,
    );
  }
  const { kind, summary } = request.manager.diagnose({
    exitCode: result.exitCode,
    stdout: result.stdout,
  });
  throw new InstallError(
    `Installing ${place} failed: ${summary ?? `${commandLine} ended with ${endOf(result)}`}.`,
    kind === 'transient'
      ? 'Its output is above. It is tried again by itself.'
      : 'Its output is above. Mend the manifest or the lockfile and push again.',
    kind === 'transient',
    place,
  );
}

function endOf(result: { exitCode?: number; signal?: string }): string {
  return result.signal ?? `exit status ${result.exitCode ?? 'unknown'}`;
}

function environmentFor(environment: Readonly<Record<string, string>>, home: string | undefined) {
  return { ...environment, HOME: home ?? process.env['HOME'] ?? '/' };
}

/** More lines than this nobody reads at night; the last ones say why. */
const OUTPUT_LINES = 60;

function logOutput(logger: Logger, output: string | undefined): void {
  const lines = (output ?? '').split('\n').filter((line) => line.trim() !== '');
  for (const line of lines.slice(-OUTPUT_LINES)) logger.warn(`  | ${line}`);
}

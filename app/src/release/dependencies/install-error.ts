import { CodedError } from '@gitcron/base/coded-error';
import type { DependencyRequest, InstallStep } from './dependency-manager.ts';

/** How a step of an install ended, as execa tells. */
export interface StepResult {
  readonly code?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly timedOut: boolean;
  readonly stdout: string;
  /** Both streams, in the order in which they came. */
  readonly all: string;
}

interface InstallErrorDetails {
  readonly place: string;
  readonly hint: string;
  readonly transient: boolean;
  readonly output?: string | undefined;
}

/** An install that did not work. */
export class InstallError extends CodedError<'GITCRON_E_INSTALL'> {
  readonly transient: boolean;
  /** The last lines of what the manager wrote. */
  readonly output: readonly string[];

  constructor(message: string, { place, hint, transient, output }: InstallErrorDetails) {
    super('GITCRON_E_INSTALL', message, { hint, place });
    this.transient = transient;
    this.output = lastLines(output ?? '');
  }
}

export function explainInstallFailure(
  step: InstallStep,
  request: DependencyRequest,
  result: StepResult,
  timeoutMs: number,
): InstallError {
  const place = request.files[0]?.path ?? request.directory;
  const output = request.manager.wordsOf?.(result.all) ?? result.all;
  if (result.code === 'ENOENT') {
    return new InstallError(`${step.command} is not installed here, so ${place} cannot be.`, {
      place,
      hint: `Install ${step.command} on this machine; for the image, name its Debian packages in APP_APT_PACKAGES and build again.`,
      transient: false,
    });
  }
  if (result.timedOut) {
    return new InstallError(
      `Installing ${place} took longer than ${timeoutMs / 1000} s and was stopped.`,
      {
        place,
        hint: 'It is tried again by itself. See whether the package registry answers; raise INSTALL_TIMEOUT if the install only needs more time.',
        transient: true,
        output,
      },
    );
  }
  if (result.exitCode === undefined && result.signal === undefined) {
    return new InstallError(`${step.command} could not be started: ${result.code ?? 'unknown'}.`, {
      place,
      hint: 'It is tried again by itself. Look for a lack of memory, the limit of processes, or missing rights on STATE_DIR.',
      transient: true,
    });
  }
  if (result.signal !== undefined) {
    return new InstallError(`Installing ${place} was ended by ${result.signal}.`, {
      place,
      hint: 'It is tried again by itself. Nobody here sent that signal: look for a lack of memory (dmesg, docker stats) and raise the limit.',
      transient: true,
      output,
    });
  }
  const { kind, summary, hint } = request.manager.diagnose({ step, stdout: result.stdout });
  const ending = `${request.manager.name} ended with exit status ${result.exitCode ?? 'unknown'}`;
  return new InstallError(`Installing ${place} failed: ${summary ?? ending}.`, {
    place,
    hint: hint ?? USUAL_HINT[kind],
    transient: kind === 'transient',
    output,
  });
}

const USUAL_HINT = {
  transient: 'It is tried again by itself. See its output below.',
  permanent: 'Mend the manifest or the lockfile and push again. See its output below.',
};

/** More lines than this nobody reads at night; the last ones say why. */
const OUTPUT_LINES = 60;

function lastLines(output: string): string[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-OUTPUT_LINES);
}

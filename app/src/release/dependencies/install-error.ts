import { CodedError } from '@gitcron/base/coded-error';
import type { DependencyRequest, InstallStep, Outlook } from './dependency-manager.ts';

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
  readonly outlook: Outlook;
  readonly output?: string | undefined;
  readonly code?: InstallErrorCode;
}

type InstallErrorCode = 'GITCRON_E_INSTALL' | 'GITCRON_E_DISK_FULL';

/** An install that did not work. */
export class InstallError extends CodedError<InstallErrorCode> {
  readonly outlook: Outlook;
  /** The first and the last lines of what the manager wrote. */
  readonly output: readonly string[];

  constructor(message: string, details: InstallErrorDetails) {
    const { place, hint, outlook, output = '', code = 'GITCRON_E_INSTALL' } = details;
    super(code, message, { hint, place });
    this.outlook = outlook;
    this.output = firstAndLastLines(output);
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
      outlook: 'permanent',
    });
  }
  if (result.timedOut) {
    return new InstallError(
      `Installing ${place} took longer than ${timeoutMs / 1000} s and was stopped.`,
      {
        place,
        hint: 'It is tried again by itself. See whether the package registry answers; raise INSTALL_TIMEOUT if the install only needs more time.',
        outlook: 'transient',
        output,
      },
    );
  }
  if (result.exitCode === undefined && result.signal === undefined) {
    return new InstallError(`${step.command} could not be started: ${result.code ?? 'unknown'}.`, {
      place,
      hint: 'It is tried again by itself. Look for a lack of memory, the limit of processes, or missing rights on the state volume.',
      outlook: 'transient',
    });
  }
  if (result.signal !== undefined) {
    return new InstallError(`Installing ${place} was ended by ${result.signal}.`, {
      place,
      hint: 'It is tried again by itself. Nobody here sent that signal: look for a lack of memory (dmesg, docker stats) and raise the limit.',
      outlook: 'transient',
      output,
    });
  }
  const { kind, summary, hint } = request.manager.diagnose({
    step,
    stdout: result.stdout,
    output: result.all,
  });
  const ending = `${request.manager.name} ended with exit status ${result.exitCode ?? 'unknown'}`;
  const sentence = `Installing ${place} failed: ${summary ?? ending}.`;
  if (DISK_IS_FULL.test(result.all)) {
    return new InstallError(sentence, {
      code: 'GITCRON_E_DISK_FULL',
      place,
      hint: DISK_FULL_HINT,
      outlook: 'transient',
      output,
    });
  }
  return new InstallError(sentence, {
    place,
    hint: hint ?? USUAL_HINT[kind],
    outlook: kind,
    output,
  });
}

/**
 * By name, or by number in pip's and uv's words. A script of a package, or git, passes on the text
 * of strerror(3) at best, and by now what filled the disk is deleted: as in git-sync, text decides
 * about this one thing, because no fact is left.
 */
const DISK_IS_FULL =
  /\b(ENOSPC|EDQUOT)\b|\[Errno (28|122)\]|\(os error (28|122)\)|No space left on device|Disk quota exceeded/;

const DISK_FULL_HINT =
  'The disk is full: that of the state volume, of /tmp, or of the download cache. Make room (df -h shows where); it is tried again by itself.';

const USUAL_HINT = {
  transient: 'It is tried again by itself. See its output below.',
  uncertain: 'See its output below.',
  permanent: 'Mend the manifest or the lockfile and push again. See its output below.',
};

/** More lines than these nobody reads at night. The cause is among the first, or the last. */
const FIRST_LINES = 25;
const LAST_LINES = 35;

function firstAndLastLines(output: string): string[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const left = lines.length - FIRST_LINES - LAST_LINES;
  if (left <= 0) return lines;
  return [
    ...lines.slice(0, FIRST_LINES),
    `[${left} lines are left out here]`,
    ...lines.slice(-LAST_LINES),
  ];
}

import { join } from 'node:path';
import { cronJobEnvironment, jobEnvironment } from '../config/job-environment.ts';
import type { Settings } from '../config/settings.ts';
import { installedProducts } from '../release/dependencies/detect.ts';
import { causeOf, describeRun } from '../run/describe-run.ts';
import { measureStart, tooLongText, type MeasureOptions } from '../run/measure-start.ts';
import type { ActiveRelease } from '../run/run-environment.ts';
import { supervisorMark } from '../run/supervisor-mark.ts';
import type { CrontabProblem } from '../schedule/crontab/problem.ts';
import type { Job } from '../schedule/job.ts';

export interface StartPlaces {
  /** Where the commands will run: the scripts repository, or for a plain crontab this directory. */
  readonly directory: string;
  readonly isRepository: boolean;
  readonly settings: Pick<Settings, 'STATE_DIR' | 'JOB_USER'>;
}

/**
 * Jobs that the system would never start, because their command is too long together with all the
 * variables that they are given: those of the crontab, of this environment, and of each run.
 */
export function startProblems(
  jobs: readonly Job[],
  file: string,
  places: StartPlaces,
): CrontabProblem[] {
  const { release, options } = startingFrom(places);
  return jobs.flatMap((job): CrontabProblem[] => {
    const run = describeRun(job, release, causeOf({ job, at: Date.now(), trigger: 'schedule' }));
    const tooLong = measureStart({ run, job, release }, options);
    if (tooLong === null) return [];
    return [
      {
        code: 'GITCRON_E_CRONTAB_COMMAND',
        message: `${job.slug} could not be started: ${tooLongText(tooLong)}.`,
        file,
        line: job.line,
        column: 1,
        expected: `at most ${tooLong.limit} bytes`,
        hint: 'Put long values into files of the repository, and their paths into the variables.',
      },
    ];
  });
}

/** As a supervisor would have it here. */
function startingFrom({ directory, isRepository, settings }: StartPlaces): {
  release: ActiveRelease | null;
  options: MeasureOptions;
} {
  const { STATE_DIR, JOB_USER } = settings;
  const environmentOf = isRepository ? jobEnvironment : cronJobEnvironment;
  const environment = environmentOf(process.env, JOB_USER);
  const release = isRepository ? someRelease(STATE_DIR) : null;
  const workplace = {
    runAs: null,
    environment: () => environment,
    directory,
    release: () => release,
  };
  const options: MeasureOptions = {
    workplaceOf: () => workplace,
    mark: supervisorMark(STATE_DIR),
    resultDirectory: join(STATE_DIR, 'results'),
  };
  return { release, options };
}

/** With all that a release may put on PATH. */
function someRelease(stateDirectory: string): ActiveRelease {
  const revision = '0'.repeat(40);
  const directory = join(stateDirectory, 'releases', revision);
  return {
    name: { revision, subject: '', author: '', dependencyHash: null },
    directory,
    binPaths: installedProducts().map((each) => join(directory, each.product, each.binaries)),
  };
}

/** In the environment of every process of a job: whose it is. */
export const SUPERVISOR_VARIABLE = 'GITCRON_SUPERVISOR';

/**
 * The names that the environment of a run carries. They are legal in the environment of a
 * command, because a job may call `gitcron`.
 */
export const RUN_VARIABLES: ReadonlySet<string> = new Set([
  'GITCRON_RUN_ID',
  'GITCRON_JOB',
  'GITCRON_SCHEDULED_AT',
  'GITCRON_RELEASE',
  'GITCRON_ATTEMPT',
  'GITCRON_RESULT_FILE',
  'GITCRON_PARAMS',
  'GITCRON_AFTER_RUN_ID',
  'GITCRON_AFTER_STATUS',
  'GITCRON_AFTER_RESULT',
  SUPERVISOR_VARIABLE,
]);

/** The app's log is git-sync's: one format, one way out, the same two settings. */
export {
  createLog,
  formatTime,
  LOG_LEVELS,
  logSettings,
  errorFields,
  type Log,
  type LogFormat,
  type Logger,
} from '@gitcron/git-sync/log';

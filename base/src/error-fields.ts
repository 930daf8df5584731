import { describeError } from './coded-error.ts';

/** An error as fields of a log line, whole: `log.error(errorFields(error), '…')`. */
export function errorFields(error: unknown): { error: string; code?: unknown } {
  const code = error instanceof Error && 'code' in error ? { code: error.code } : {};
  return { error: describeError(error), ...code };
}

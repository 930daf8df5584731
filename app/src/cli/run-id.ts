import { InvalidArgumentError } from 'commander';

/** A run's id, or its last eight digits as the log shows them. */
export const RUN_ID = /^(?:[0-9a-f]{8}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** For an argument that can be nothing else. */
export function parseRunId(text: string): string {
  if (RUN_ID.test(text)) return text;
  throw new InvalidArgumentError(
    "Give a run's id, or its last eight digits as the log shows them.",
  );
}

/** What people read and type of a run's id: the end of a UUID version 7 is its random part. */
export function shortRunId(runId: string): string {
  return runId.slice(-8);
}

import { statusView } from '../../api/status.ts';
import type { ApiClient } from './api-client.ts';
import { RefusedError } from './refused-error.ts';

/** Whoever wants to see what a run writes has to know when nobody keeps it. */
export async function warnWithoutHistory(client: ApiClient): Promise<void> {
  try {
    const { record } = await client.ask('/api/v1/status', statusView);
    if (record !== null) return;
  } catch (error) {
    // A token that may start one job, and see nothing.
    if (error instanceof RefusedError) return;
    throw error;
  }
  console.error(
    'There is no database, so what runs write is not kept: it is only in the log of Gitcron itself. This waits for the end.',
  );
}

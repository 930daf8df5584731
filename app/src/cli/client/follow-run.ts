import { setTimeout as delay } from 'node:timers/promises';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { CodedError } from '@gitcron/base/coded-error';
import { parseLossless } from '@gitcron/base/lossless-json';
import { chunkView, type ChunkView } from '../../api/output.ts';
import { runView, type RunView } from '../../api/run.ts';
import type { ApiClient } from './api-client.ts';
import { RefusedError } from './refused-error.ts';

/** How long a supervisor may be away, for a restart or by a bad network. */
const PATIENCE_MS = 120_000;
const RETRY_MS = 1000;

/**
 * Follows a run to its end, also over a connection that breaks.
 * @param after show only what comes after this sequence number.
 */
export async function followRun(
  client: ApiClient,
  runId: string,
  after: number,
  onChunk: (chunk: ChunkView) => void,
): Promise<RunView> {
  let lastId = String(after);
  let aliveAt = Date.now();
  for (;;) {
    try {
      for await (const { id, event, data } of events(client, runId, lastId)) {
        aliveAt = Date.now();
        if (event === 'end') return runView.parse(parseLossless(data));
        if (event === 'output') onChunk(chunkView.parse(JSON.parse(data)));
        lastId = id ?? lastId;
      }
    } catch (error) {
      if (error instanceof RefusedError && error.status < 500) throw error;
      if (Date.now() - aliveAt > PATIENCE_MS) throw lostSight(runId, error);
    }
    await delay(RETRY_MS);
  }
}

async function* events(client: ApiClient, runId: string, lastId: string) {
  const answer = await client.open(`/api/v1/runs/${runId}/output/live`, {
    headers: { 'last-event-id': lastId },
  });
  const come: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => come.push(event) });
  for await (const text of answer.setEncoding('utf8')) {
    parser.feed(String(text));
    yield* come.splice(0);
  }
}

function lostSight(runId: string, cause: unknown): CodedError {
  return new CodedError('GITCRON_E_LOST_SIGHT', 'The supervisor does not answer any more.', {
    hint: `The run may go on. See later how it went: gitcron runs, gitcron logs ${runId}.`,
    cause,
  });
}

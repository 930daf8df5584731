import { setTimeout as delay } from 'node:timers/promises';
import type { Rooms } from './rooms.ts';

/** The newest runs are worth so much of a wait. */
const SHIPPING_PATIENCE_MS = 1000;

/** @returns whether the database knows by now all that has happened. */
export async function shipNewest({ record }: Pick<Rooms, 'record'>): Promise<boolean> {
  if (record === null || record.recorder.status().databaseDown !== null) return false;
  const patience = new AbortController();
  const isShipped = await Promise.race([
    record.recorder.shipNow().then(
      () => true,
      () => false,
    ),
    delay(SHIPPING_PATIENCE_MS, false, { signal: patience.signal }).catch(() => false),
  ]);
  patience.abort();
  return isShipped;
}

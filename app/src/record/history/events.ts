import type { Pool } from 'pg';
import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';
import type { Page } from './history.ts';
import { eventRow, type HistoryEvent } from './rows.ts';

/** Where an event stands in the order of events. */
export interface EventPlace {
  readonly at: EpochMs;
  /** Of the journal it came from. */
  readonly segment: string;
  readonly position: number;
}

export interface EventFilter {
  readonly before?: EventPlace | undefined;
  /** Only of these types. */
  readonly types?: readonly string[] | undefined;
}

const placed = eventRow.extend({ segment: z.uuid(), position: z.coerce.number().int() });

/** A page of events, the newest first. */
export async function selectEvents(
  pool: Pool,
  limit: number,
  { before, types }: EventFilter,
): Promise<Page<HistoryEvent, EventPlace>> {
  const { rows } = await pool.query({
    name: 'history-events',
    text: `SELECT at, type, revision, detail, segment, position FROM gitcron.events
      WHERE ($2::timestamptz IS NULL OR at <= $2)
        AND ($2 IS NULL OR (at, segment, position) < ($2, $3::uuid, $4::bigint))
        AND ($5::text[] IS NULL OR type = ANY ($5))
      ORDER BY at DESC, segment DESC, position DESC LIMIT $1`,
    values: [
      limit + 1,
      before === undefined ? null : new Date(before.at),
      before?.segment ?? null,
      before?.position ?? null,
      types ?? null,
    ],
  });
  const found = z.array(placed).parse(rows.slice(0, limit));
  return {
    items: found.map(({ at, type, revision, detail }) => ({ at, type, revision, detail })),
    next: rows.length > limit ? (found.at(-1) ?? null) : null,
  };
}

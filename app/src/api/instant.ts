import { z } from 'zod';

/** Instants leave and arrive as ISO 8601 in UTC. */
export const iso = z.iso.datetime({ offset: true });

export function toIso(epochMs: number): string;
export function toIso(epochMs: number | null): string | null;
export function toIso(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}

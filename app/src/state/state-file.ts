import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { isAbsence } from '@gitcron/base/absence';

/**
 * Reads a small JSON file of the state volume, at a start.
 *
 * @param onDamaged told why a file that is there cannot be used
 * @returns null when there is none, or none that can be used
 */
export function readStateFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  onDamaged: (error: unknown) => void,
): z.output<Schema> | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (!isAbsence(error)) onDamaged(error);
    return null;
  }
}

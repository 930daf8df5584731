import { z } from 'zod';
import type { RunDescription } from '../../events.ts';

const paramsSchema = z.record(z.string(), z.unknown());

/** Parameters without secrets. */
export function maskParams(
  params: RunDescription['params'],
  maskText: (text: string) => string,
): RunDescription['params'] {
  if (params === null) return null;
  const text = JSON.stringify(params);
  const masked = maskText(text);
  return masked === text ? params : paramsSchema.parse(JSON.parse(masked));
}

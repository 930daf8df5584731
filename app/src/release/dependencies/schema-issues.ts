import type { z } from 'zod';

/** `dependencies.left-pad: Invalid input: expected string, received number` */
export function inWords({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}

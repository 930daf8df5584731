import { z } from 'zod';
import { problem } from '../api/problem.ts';

/** An answer that is not JSON, for the description of the API. */
export function documented(contentType: string, description: string) {
  return { description, content: { [contentType]: { schema: z.unknown() } } };
}

/** An error, for the description of the API. */
export function documentedProblem(description: string) {
  return { description, content: { 'application/problem+json': { schema: problem } } };
}

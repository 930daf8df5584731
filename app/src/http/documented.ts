import { z } from 'zod';
import { problem } from '../api/problem.ts';
import { rightFor } from './access/guard.ts';
import type { RightByLogIn, RouteRight } from './api.ts';

/** An answer that is not JSON, for the description of the API. */
export function documented(contentType: string, description: string) {
  return { description, content: { [contentType]: { schema: z.unknown() } } };
}

/** An error, for the description of the API. */
export function documentedProblem(description: string) {
  return { description, content: { 'application/problem+json': { schema: problem } } };
}

/** The scope that a token, and that a person needs (OpenAPI 3.1, Security Requirement Object). */
export function documentedRights(
  method: string,
  declared: RouteRight | RightByLogIn | undefined,
): Record<string, string[]>[] {
  const [token, session] = [true, false].map((byToken) => {
    const right = rightFor(method, declared, byToken);
    if (right === 'nothing') return null;
    if (right === 'any') return [];
    return [right === 'trigger' ? 'trigger:{slug}' : right];
  });
  return token == null || session == null ? [] : [{ token }, { session }];
}

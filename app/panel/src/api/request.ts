import { problemOf, unreachable } from './problem.ts';

export interface Request {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * Asks the server that this page came from. Its answers are trusted to be what the contract says:
 * both were built from the same files.
 * @throws Problem
 */
export async function request<Answer>(path: string, given: Request = {}): Promise<Answer> {
  const { method = 'GET', body, signal } = given;
  const answer = await fetch(path, {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw unreachable();
  });
  if (answer.status === 401) goToLogIn();
  if (!answer.ok) throw await problemOf(answer);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract is the server's own
  return (answer.status === 204 ? null : await answer.json()) as Answer;
}

/** The log-in is over, or never was: afterwards one is where one was. */
export function goToLogIn(): void {
  const here = `${location.pathname}${location.search}${location.hash}`;
  location.assign(`/login?next=${encodeURIComponent(here)}`);
}

/** The query of a path, without what is not given. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** What the server answers instead of what was asked for (RFC 9457), or that it did not answer. */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** 0: there was no answer. */
  readonly status: number;
  /** `GITCRON_E_…`; decide by it. */
  readonly code: string;
  readonly hint: string | null;

  constructor(
    sentence: string,
    facts: { status: number; code: string; hint?: string | undefined },
  ) {
    super(sentence);
    this.status = facts.status;
    this.code = facts.code;
    this.hint = facts.hint ?? null;
  }
}

/** The server cannot be reached: it may be back in a moment. */
export const UNREACHABLE = 'unreachable';

export function unreachable(): Problem {
  return new Problem('Gitcron does not answer.', {
    status: 0,
    code: UNREACHABLE,
    hint: 'It may be starting anew, or the network is away. This page goes on by itself when it is back.',
  });
}

/** Takes an answer apart that is none of success. */
export async function problemOf(answer: Response): Promise<Problem> {
  const { status } = answer;
  const body: unknown = await answer.json().catch(() => null);
  const text = (name: string): string | undefined => {
    const value: unknown =
      typeof body === 'object' && body !== null ? Reflect.get(body, name) : null;
    return typeof value === 'string' ? value : undefined;
  };
  return new Problem(text('detail') ?? text('title') ?? `The server answered ${status}.`, {
    status,
    code: text('code') ?? `http_${status}`,
    hint: text('hint'),
  });
}

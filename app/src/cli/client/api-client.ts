import { lstat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseLossless } from '@gitcron/base/lossless-json';
import type { z } from 'zod';
import { controlSocketPath } from '../../state/control-socket.ts';
import type { Environment } from '@gitcron/base/environment';
import { CodedError } from '@gitcron/base/coded-error';
import { problem } from '../../api/problem.ts';
import { settingsOfSupervisor } from '../state-directory.ts';
import { RefusedError } from './refused-error.ts';
import { tellWait } from './tell-wait.ts';
import { sendRequest } from './send-request.ts';

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The API of a supervisor: of the one on this machine, or of the one that GITCRON_URL names. */
export interface ApiClient {
  /** @throws RefusedError; CodedError GITCRON_E_NO_SUPERVISOR when nobody answers. */
  ask<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    request?: ApiRequest,
  ): Promise<z.output<Schema>>;
  /** The answer as it comes, when it is a good one. */
  open(path: string, request?: ApiRequest): Promise<IncomingMessage>;
}

/** So long it takes at most to see whether a supervisor is there that has not answered yet. */
const IS_THERE_MS = 400;

interface Target {
  /** As people know it. */
  readonly name: string;
  readonly base: string;
  readonly socketPath: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export async function connectToSupervisor(
  environment: Environment = process.env,
): Promise<ApiClient> {
  const target = await findTarget(environment);

  async function open(path: string, request: ApiRequest = {}): Promise<IncomingMessage> {
    const { method = 'GET', query = {}, body, headers = {}, signal } = request;
    const url = new URL(target.base + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const answer = await sendRequest(url, {
      method,
      headers: {
        ...target.headers,
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      socketPath: target.socketPath,
      signal,
    }).catch((cause: unknown) => {
      if (signal?.aborted) throw cause;
      throw nobodyAnswers(target, cause);
    });
    if (isGood(answer)) return answer;
    throw await refusal(answer, target);
  }

  async function read(path: string, request: ApiRequest = {}): Promise<string> {
    const answer = await open(path, request);
    return text(answer).catch((cause: unknown) => {
      if (request.signal?.aborted) throw cause;
      throw nobodyAnswers(target, cause);
    });
  }

  const withWaitTold = tellWait(() =>
    open('/healthz', { signal: AbortSignal.timeout(IS_THERE_MS) }).then(
      (answer) => {
        answer.resume();
        return true;
      },
      (error: unknown) => error instanceof RefusedError,
    ),
  );

  return {
    open,
    async ask(path, schema, request = {}) {
      // What is asked to be done may take its time, and whoever gives a signal waits for nothing.
      const isLook = (request.method ?? 'GET') === 'GET' && request.signal === undefined;
      const asked = read(path, request);
      const parsed = schema.safeParse(contentOf(await (isLook ? withWaitTold(asked) : asked)));
      if (parsed.success) return parsed.data;
      throw new CodedError('GITCRON_E_ANSWER', 'The supervisor answered in a way not known here.', {
        place: target.name,
        hint: 'Use a gitcron of the same version on both sides.',
        cause: parsed.error,
      });
    },
  };
}

/** Parameters keep their digits on their way to the screen. Null is no content, and undefined no JSON. */
function contentOf(answer: string): unknown {
  if (answer === '') return null;
  try {
    return parseLossless(answer);
  } catch {
    return undefined;
  }
}

function isGood({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

async function findTarget(environment: Environment): Promise<Target> {
  const { GITCRON_URL: url, GITCRON_TOKEN: token } = environment;
  if (url) {
    return { name: url, base: baseOf(url), socketPath: null, headers: headersOf(token) };
  }
  const path = controlSocketPath(settingsOfSupervisor(environment, process.cwd()).STATE_DIR);
  await refuseForeignSocket(path);
  return { name: path, base: 'http://localhost', socketPath: path, headers: {} };
}

function headersOf(token: string | undefined): Record<string, string> {
  if (!token) return {};
  if (/^[\x21-\x7e]+$/.test(token)) return { authorization: `Bearer ${token}` };
  // Without a cause, which would show it.
  throw new CodedError('GITCRON_E_TOKEN', 'GITCRON_TOKEN holds what no token can hold.', {
    place: 'GITCRON_TOKEN',
    hint: 'Look for a space or a line break in it.',
  });
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.password === '') {
    return `${parsed.origin}${parsed.pathname.replace(/\/$/, '')}`;
  }
  throw new CodedError('GITCRON_E_URL', 'GITCRON_URL is no address of a supervisor.', {
    place: 'GITCRON_URL',
    hint: 'Write it as https://cron.example.com, without a password; the token belongs in GITCRON_TOKEN.',
  });
}

/** A socket of somebody else in a place that everybody can write to is no supervisor. */
async function refuseForeignSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  const self = process.getuid?.();
  if (found === null || self === undefined || self === 0) return;
  if (found.uid === self || found.uid === 0) return;
  throw new CodedError('GITCRON_E_FOREIGN_SOCKET', 'The control socket belongs to somebody else.', {
    place: path,
    hint: 'Run the command as the user that runs the supervisor, or use GITCRON_URL and GITCRON_TOKEN.',
  });
}

const TOKEN_HINT =
  'Set GITCRON_TOKEN to a token of that supervisor: gitcron token create makes one there.';

async function refusal(answer: IncomingMessage, target: Target): Promise<CodedError> {
  const { statusCode: status = 0, headers } = answer;
  const document = problem.safeParse(contentOf(await text(answer).catch(() => '')));
  if (document.success) {
    const { data } = document;
    const told = data.code === 'GITCRON_E_LOGIN' ? { ...data, hint: TOKEN_HINT } : data;
    return new RefusedError(status, told);
  }
  return new CodedError('GITCRON_E_ANSWER', `The answer was ${status}, and not Gitcron's.`, {
    place: target.name,
    hint:
      headers.location === undefined
        ? 'Is GITCRON_URL right? A proxy in front of it may be answering.'
        : `It sends on to ${headers.location}: GITCRON_URL has to name the place itself.`,
  });
}

/** Whether no supervisor runs, which is more than that none has answered. */
export function isNobodyThere(error: unknown): boolean {
  if (!(error instanceof CodedError) || error.code !== 'GITCRON_E_NO_SUPERVISOR') return false;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ENOENT' || code === 'ECONNREFUSED';
}

function nobodyAnswers({ name }: Target, cause: unknown): CodedError {
  return new CodedError('GITCRON_E_NO_SUPERVISOR', 'No supervisor answers.', {
    place: name,
    hint: 'Start it (the stack: docker compose up -d). Outside of the stack STATE_DIR has to name the directory it works in; GITCRON_URL and GITCRON_TOKEN reach one elsewhere.',
    cause,
  });
}

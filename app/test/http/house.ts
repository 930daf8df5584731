import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch, type RequestInit, type Response } from 'undici';
import { z } from 'zod';
import { controlSocketPath } from '../../src/state/control-socket.ts';
import { readSettings } from '../../src/config/settings.ts';
import { freePort } from '../../src/local/free-port.ts';
import { createLog } from '@gitcron/base/log';
import { startSupervisor, type Supervisor } from '../../src/main.ts';
import { until } from '../../../base/test/until.ts';

export const PASSWORD = 'a password for tests';

/** A whole supervisor with a directory as its source, and ways to ask it. */
export interface House extends AsyncDisposable {
  readonly url: string;
  readonly directory: string;
  readonly stateDirectory: string;
  readonly logFile: string;
  /** As the administrator on this machine. */
  control(path: string, init?: RequestInit): Promise<Response>;
  /** Over the network, as anybody. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Makes a token. */
  token(scope: string, expiresAt?: string): Promise<string>;
  /** Stops it and starts it again on the same state. */
  restart(meanwhile?: () => Promise<unknown>): Promise<void>;
}

type HouseEnvironment = Readonly<Record<string, string>>;

export interface HouseOptions {
  readonly crontab: string;
  readonly databaseUrl?: string;
  /** Default: one in a temporary directory. */
  readonly stateDirectory?: string;
  readonly environment?: HouseEnvironment | ((url: string) => HouseEnvironment);
}

export async function openHouse(options: HouseOptions): Promise<House> {
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-http-'));
  const port = await freePort();
  const stateDirectory = options.stateDirectory ?? join(directory, 'state');
  const logFile = join(directory, 'log');
  await mkdir(join(directory, 'source/app'), { recursive: true });
  await writeFile(join(directory, 'source/app/crontab.txt'), options.crontab);
  const url = `http://127.0.0.1:${port}`;
  const given =
    typeof options.environment === 'function' ? options.environment(url) : options.environment;
  const environment = {
    PATH: process.env['PATH'],
    SOURCE_DIR: join(directory, 'source'),
    STATE_DIR: stateDirectory,
    TZ: 'UTC',
    HTTP_PORT: String(port),
    ADMIN_PASSWORD: PASSWORD,
    SHUTDOWN_GRACE: '1',
    GITCRON_DATABASE_URL: options.databaseUrl,
    ...given,
  };
  const log = createLog({ format: 'text', level: 'info', file: logFile });
  const start = (): Promise<Supervisor> =>
    startSupervisor({ settings: readSettings(environment), environment, log });
  let supervisor = await start();
  let names = 0;
  const agent = new Agent({ connect: { socketPath: controlSocketPath(stateDirectory) } });

  const house: House = {
    url,
    directory,
    stateDirectory,
    logFile,
    control: (path, init = {}) => fetch(`http://localhost${path}`, { ...init, dispatcher: agent }),
    ask: (path, init = {}) => fetch(url + path, { redirect: 'manual', ...init }),
    async token(scope, expiresAt) {
      names += 1;
      const body = { name: `token-${names}`, scopes: [scope], ...(expiresAt && { expiresAt }) };
      const answer = await house.control('/api/v1/tokens', post(body));
      return z.object({ secret: z.string() }).parse(await answer.json()).secret;
    },
    async restart(meanwhile) {
      await supervisor.stop();
      await meanwhile?.();
      supervisor = await start();
      await released(house);
    },
    async [Symbol.asyncDispose]() {
      await supervisor.stop();
      await agent.close();
      await log.flush();
      await rm(directory, { recursive: true, force: true });
    },
  };
  await released(house);
  if (options.databaseUrl !== undefined) await historyWritten(house);
  return house;
}

/** A request with a body of JSON. */
export function post(body?: unknown, headers: Record<string, string> = {}): RequestInit {
  if (body === undefined) return { method: 'POST', headers };
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** Waits until the release of the directory is current. */
async function released(house: House): Promise<void> {
  await until(async () => (await house.control('/readyz')).status === 200, 'a release');
}

/** Waits until the tables are made: before that, history answers with 503. */
async function historyWritten(house: House): Promise<void> {
  const ready = z.object({ status: z.literal('ok') });
  await until(
    async () => ready.safeParse(await (await house.control('/readyz')).json()).success,
    'that history is written',
  );
}

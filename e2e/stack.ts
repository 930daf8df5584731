import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { eventually } from './eventually.ts';

export const root = join(import.meta.dirname, '..');
export const composeFiles = [
  ...['--file', join(root, 'docker-compose.yml')],
  ...['--file', join(root, 'e2e/images.yml')],
];

export type Service = 'db' | 'git-sync' | 'app';

/** A moment in the logs: what was written before it does not count. */
export type Mark = string;

export function mark(): Mark {
  return new Date().toISOString();
}

/** The real compose stack under a project name of its own, used from outside like by a person. */
export class Stack {
  readonly project = `gitcron-e2e-${randomBytes(4).toString('hex')}`;
  readonly passwords = {
    POSTGRES_PASSWORD: randomBytes(24).toString('hex'),
    SCRIPTS_DB_PASSWORD: randomBytes(24).toString('hex'),
  };
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Writes what a user writes into `.env`. */
  static async create(settings: Readonly<Record<string, string>> = {}): Promise<Stack> {
    const stack = new Stack(await mkdtemp(join(tmpdir(), 'gitcron-e2e-')));
    await stack.configure(settings);
    await stack.useInitScripts('initdb');
    return stack;
  }

  /** Writes `.env` anew; the next `up` takes it. */
  async configure(settings: Readonly<Record<string, string>>): Promise<void> {
    // Port 0: Docker takes one that is free.
    const ports = { HTTP_PORT: '0', GIT_SYNC_WEBHOOK_PORT: '0' };
    const variables = { ...this.passwords, ...ports, ...settings };
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(this.#directory, '.env'), lines.join(''));
  }

  /** Has the database made by the scripts of this directory of the checkout, from the next `up` on. */
  async useInitScripts(directory: string): Promise<void> {
    const services = {
      'git-sync': { extra_hosts: ['host.docker.internal:host-gateway'] },
      db: { volumes: [`${join(root, directory)}:/docker-entrypoint-initdb.d:ro`] },
    };
    await writeFile(join(this.#directory, 'override.yml'), JSON.stringify({ services }));
  }

  /** Runs `docker compose ARGS` and returns what it prints. */
  async compose(...args: string[]): Promise<string> {
    const { stdout } = await execa('docker', ['compose', ...this.#files(), ...args], {
      cwd: root,
      stdin: 'ignore',
    });
    // Compose puts a control sequence before each line of a log, also when nobody watches.
    return stripVTControlCharacters(stdout);
  }

  async up(): Promise<void> {
    await this.compose('up', '--detach', '--quiet-pull');
  }

  /** Runs a command in a service's container. */
  exec(service: Service, ...command: string[]): Promise<string> {
    return this.compose('exec', '-T', service, ...command);
  }

  /** One value of a query, asked by the superuser inside the database's container. */
  async query(sql: string, database: 'gitcron' | 'scripts' = 'gitcron'): Promise<string> {
    return this.exec('db', 'psql', '-qtAX', '-U', 'postgres', '-d', database, '-c', sql);
  }

  async logs(service: Service, since: Mark = '1970-01-01T00:00:00Z'): Promise<string> {
    return this.compose('logs', '--no-color', '--no-log-prefix', '--since', since, service);
  }

  /** Waits for a line of a service's log and returns it. */
  async line(service: Service, pattern: RegExp, since: Mark, limitMs = 60_000): Promise<string> {
    return eventually(`${pattern} in the log of ${service}`, limitMs, async () => {
      const lines = (await this.logs(service, since)).split('\n');
      return lines.find((line) => pattern.test(line)) ?? null;
    });
  }

  /** Waits until Docker calls a service healthy. */
  async healthy(service: Service, limitMs = 90_000): Promise<void> {
    await eventually(`${service} to be healthy`, limitMs, async () =>
      (await this.inspect(service, '{{.State.Health.Status}}')) === 'healthy' ? true : null,
    );
  }

  async inspect(service: Service, format: string): Promise<string> {
    const id = await this.compose('ps', '--all', '--quiet', service);
    const { stdout } = await execa('docker', ['inspect', '--format', format, id]);
    return stdout;
  }

  /** Kills the program of a container with SIGKILL, as the kernel does when memory runs out. */
  async crash(service: Service): Promise<void> {
    await this.exec(
      service,
      'sh',
      '-c',
      'read -r pid rest < /proc/1/task/1/children; kill -9 $pid',
    );
  }

  /** Prints what a person would look at first. */
  async explain(): Promise<void> {
    console.error(await this.compose('ps', '--all'));
    console.error(await this.compose('logs', '--no-color', '--tail', '150'));
  }

  async down(): Promise<void> {
    await this.compose('down', '--volumes', '--timeout', '60');
    await rm(this.#directory, { recursive: true });
  }

  #files(): string[] {
    const file = (name: string) => join(this.#directory, name);
    return [
      ...['--project-name', this.project],
      ...['--project-directory', root],
      ...['--env-file', file('.env')],
      ...composeFiles,
      ...['--file', file('override.yml')],
    ];
  }
}

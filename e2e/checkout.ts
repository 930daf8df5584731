import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { eventually } from './eventually.ts';
import { root } from './stack.ts';

/**
 * A clone of this repository in a directory of its own, used as README tells a newcomer: by lines
 * typed into a shell. Made with a umask that lets nobody else read, which many machines have.
 */
export class Checkout {
  readonly directory: string;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(directory: string, environment: Readonly<Record<string, string>>) {
    this.directory = directory;
    this.#environment = environment;
  }

  static async create(): Promise<Checkout> {
    const home = await mkdtemp(join(tmpdir(), 'gitcron-e2e-checkout-'));
    const directory = join(home, 'gitcron');
    const bin = join(home, 'bin');
    await Promise.all([mkdir(directory), mkdir(bin)]);
    // Whoever is root already may have no sudo.
    await writeFile(join(bin, 'sudo'), '#!/bin/sh\nexec "$@"\n');
    await chmod(join(bin, 'sudo'), 0o755);
    await execa(
      'sh',
      [
        '-c',
        `git ls-files -z | xargs -0 cp --parents --no-dereference --target-directory "$0" && chmod -R go= "$0"`,
        directory,
      ],
      { cwd: root },
    );
    // A clone's own name of the project would stop a stack that runs here.
    const project = `gitcron-e2e-${randomBytes(4).toString('hex')}`;
    return new Checkout(directory, {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: home,
      COMPOSE_PROJECT_NAME: project,
      DOCKER_CONFIG: process.env['DOCKER_CONFIG'] ?? join(process.env['HOME'] ?? '', '.docker'),
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
    });
  }

  /**
   * Types a line into a shell, and what is given as input afterwards.
   * @returns what is to be seen then: both outputs, and the exit status where it is not 0.
   */
  async type(line: string, input = ''): Promise<string> {
    const { all, exitCode } = await execa('bash', ['-c', line], {
      cwd: this.directory,
      env: this.#environment,
      extendEnv: false,
      input,
      all: true,
      reject: false,
    });
    const text = stripVTControlCharacters(all);
    return exitCode === 0 ? text : `${text}\nexit status ${exitCode}`;
  }

  write(path: string, content: string): Promise<void> {
    return writeFile(join(this.directory, path), content);
  }

  /** Writes settings to `.env`, in the place of those of the same names. */
  async set(settings: Readonly<Record<string, string>>): Promise<void> {
    const before = await readFile(join(this.directory, '.env'), 'utf8').catch(() => '');
    const kept = before.split('\n').filter((line) => !((line.split('=')[0] ?? '') in settings));
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    await this.write('.env', [...kept, ...lines].join('\n'));
  }

  /** Types a line again and again until its output has it. */
  async see(line: string, pattern: RegExp, limitMs = 90_000): Promise<string> {
    let seen = '';
    return eventually(`${pattern} after ${line}`, limitMs, async () => {
      seen = await this.type(line);
      return pattern.test(seen) ? seen : null;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${seen}`);
    });
  }

  async remove(): Promise<void> {
    await this.type('docker compose down --volumes --rmi local --timeout 30');
    await rm(join(this.directory, '..'), { recursive: true });
  }
}

/** The lines of a page's blocks in a shell's language, without comments, as one would copy them. */
export async function shellLines(page: string): Promise<string[]> {
  const text = await readFile(join(root, page), 'utf8');
  return [...text.matchAll(/^```(?:bash|sh)\n([^]*?)^```/gm)].flatMap(([, block = '']) =>
    block.split('\n').flatMap((line) => {
      const command = line.replace(/(^|\s+)#\s.*$/, '').trim();
      return command === '' ? [] : [command];
    }),
  );
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** A scripts repository with a working copy, as its author has it on a laptop. */
export class ScriptsRepository {
  /** Holds the bare repository `scripts.git`. */
  readonly directory: string;
  readonly #work: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.#work = join(directory, 'work');
  }

  static async create(): Promise<ScriptsRepository> {
    const directory = await mkdtemp(join(tmpdir(), 'gitcron-e2e-scripts-'));
    const repository = new ScriptsRepository(directory);
    const bare = join(directory, 'scripts.git');
    await git(directory, 'init', '--quiet', '--bare', '--initial-branch=main', bare);
    await git(directory, 'clone', '--quiet', bare, repository.#work);
    return repository;
  }

  /** Commits these files (null deletes one), pushes, and returns the commit's hash. */
  async push(subject: string, files: Readonly<Record<string, string | null>>): Promise<string> {
    for (const [path, content] of Object.entries(files)) {
      const target = join(this.#work, path);
      if (content === null) {
        await rm(target);
      } else {
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, content);
      }
    }
    await git(this.#work, 'add', '--all');
    await git(this.#work, 'commit', '--quiet', '--message', subject);
    await git(this.#work, 'push', '--quiet', 'origin', 'HEAD:main');
    return git(this.#work, 'rev-parse', 'HEAD');
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  const { stdout } = await execa('git', [...identity, ...args], { cwd });
  return stdout;
}

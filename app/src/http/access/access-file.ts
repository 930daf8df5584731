import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { SCOPE } from '../../api/token.ts';
import { isAbsence } from '@gitcron/base/absence';
import { CodedError } from '@gitcron/base/coded-error';

const epochMs = z.int();

const storedToken = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string().regex(SCOPE)),
  /** SHA-256 of the token, in hex: it has 256 random bits, so nothing slower is needed. */
  hash: z.string(),
  createdAt: epochMs,
  expiresAt: epochMs.nullable(),
  lastUsedAt: epochMs.nullable(),
});
export type StoredToken = z.output<typeof storedToken>;

const storedSession = z.object({ hash: z.string(), expiresAt: epochMs });

const accessSchema = z.object({
  version: z.literal(1),
  /** Of the administrator; see `hashPassword`. */
  password: z.string().nullable(),
  tokens: z.array(storedToken),
  sessions: z.array(storedSession),
});

/** Who may do what. It holds no secret that could be used, only hashes. */
export type Access = z.output<typeof accessSchema>;

const NOBODY: Access = { version: 1, password: null, tokens: [], sessions: [] };

/**
 * Access is a file of the state volume and not a table: whoever has to mend a database at three
 * in the morning must get in while it is down.
 */
export class AccessFile {
  readonly #path: string;
  #content: Access = NOBODY;
  #damage: CodedError | null = null;
  #writing: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<() => void>();

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(path: string): Promise<AccessFile> {
    const file = new AccessFile(path);
    await file.read();
    return file;
  }

  /** Reads it anew, where it could not be read before. @returns whether it is read now. */
  async read(): Promise<boolean> {
    try {
      this.#content = accessSchema.parse(JSON.parse(await readFile(this.#path, 'utf8')));
      this.#damage = null;
    } catch (cause) {
      if (!isAbsence(cause)) this.#damage = damaged(this.#path, cause);
      else this.#damage = null;
    }
    return this.#damage === null;
  }

  /** Why nobody can be let in: there is a file and it cannot be read. It is not overwritten. */
  get damage(): CodedError | null {
    return this.#damage;
  }

  get content(): Access {
    return this.#content;
  }

  /** @param listener called after each change. @returns to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The change holds at once; the promise is for those who have to know that it will last.
   * @throws CodedError GITCRON_E_ACCESS_FILE when there is one that cannot be read; CodedError GITCRON_E_ACCESS_WRITE when it holds only until the next start.
   */
  async change(change: (content: Access) => Partial<Access>): Promise<void> {
    if (this.#damage !== null) throw this.#damage;
    this.#content = { ...this.#content, ...change(this.#content) };
    for (const listener of this.#listeners) listener();
    const writing = this.#writing.catch(() => {}).then(() => this.#write());
    this.#writing = writing;
    await writing;
  }

  async #write(): Promise<void> {
    const text = `${JSON.stringify(this.#content, null, 2)}\n`;
    try {
      await writeFileAtomic(this.#path, text, { mode: 0o600 });
    } catch (cause) {
      throw new CodedError(
        'GITCRON_E_ACCESS_WRITE',
        'The file of who may log in cannot be written.',
        {
          place: this.#path,
          hint: 'Free disk space on the state volume. What was revoked is revoked until the next start; repeat it then.',
          cause,
        },
      );
    }
  }
}

function damaged(path: string, cause: unknown): CodedError {
  const sentence =
    'Who may log in cannot be read: the API lets nobody in over the network. Jobs and commands on this machine go on.';
  return new CodedError('GITCRON_E_ACCESS_FILE', sentence, {
    place: path,
    hint: 'Mend it or put a copy of it back: it is looked at again every few seconds. Or delete it to begin anew: a password is made, and all tokens are gone.',
    cause,
  });
}

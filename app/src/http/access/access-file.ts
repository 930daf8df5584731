import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { SCOPE } from '../../api/token.ts';
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
  #content: Access;
  #writing: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<() => void>();

  private constructor(path: string, content: Access) {
    this.#path = path;
    this.#content = content;
  }

  /** @throws CodedError GITCRON_E_ACCESS_FILE when there is one that cannot be read. */
  static async open(path: string): Promise<AccessFile> {
    try {
      return new AccessFile(path, accessSchema.parse(JSON.parse(await readFile(path, 'utf8'))));
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
        return new AccessFile(path, NOBODY);
      }
      throw new CodedError('GITCRON_E_ACCESS_FILE', 'The file of who may log in cannot be read.', {
        place: path,
        hint: 'Delete it to begin anew: a new password is made, and all tokens are gone.',
        cause,
      });
    }
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
   * @throws CodedError GITCRON_E_ACCESS_WRITE when it holds only until the next start.
   */
  async change(change: (content: Access) => Partial<Access>): Promise<void> {
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

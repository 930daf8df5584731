import { z } from 'zod';
import { ROLES } from '../../api/session.ts';
import { SCOPE } from '../../api/token.ts';
import { CodedError } from '@gitcron/base/coded-error';
import { STATE_FILES } from '../../state/inventory.ts';
import { StateFile } from '../../state/state-file.ts';

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

const storedSession = z.object({
  /** Names it; nobody gets in with it. */
  id: z.string(),
  /** SHA-256 of what the cookie holds, in hex. */
  hash: z.string(),
  /** As the record names them: `administrator`, `user ann`. */
  name: z.string(),
  role: z.enum(ROLES),
  via: z.enum(['password', 'oidc']),
  /** Which settings of an identity provider made the role; null for the password. */
  provider: z.string().nullable(),
  begunAt: epochMs,
  expiresAt: epochMs,
  /** The address it was begun from, and what the browser said it is; null: not known. */
  from: z.string().nullable(),
  browser: z.string().nullable(),
});
/** One log-in. */
export type StoredSession = z.output<typeof storedSession>;

const accessSchema = z.object({
  /** Of the administrator; see `hashPassword`. */
  password: z.string().nullable(),
  tokens: z.array(storedToken),
  sessions: z.array(storedSession),
});

/** Who may do what. It holds no secret that could be used, only hashes. */
export type Access = z.output<typeof accessSchema>;

/** The form that knows of people and roles: an older Gitcron would take each log-in for the administrator's. */
const FORM = 2;

/** In form 1 every log-in was the administrator's, and lasted a week. */
const beforePeople = z.looseObject({
  sessions: z.array(z.object({ hash: z.string(), expiresAt: epochMs })),
});

function withPeople(value: unknown): unknown {
  const { sessions, ...others } = beforePeople.parse(value);
  return {
    ...others,
    sessions: sessions.map(({ hash, expiresAt }): StoredSession => ({
      id: hash.slice(0, 8),
      hash,
      name: 'administrator',
      role: 'admin',
      via: 'password',
      provider: null,
      begunAt: Math.max(0, expiresAt - 7 * 24 * 3_600_000),
      expiresAt,
      from: null,
      browser: null,
    })),
  };
}

const NOBODY: Access = { password: null, tokens: [], sessions: [] };

/**
 * Access is a file of the state volume and not a table: whoever has to mend a database at three
 * in the morning must get in while it is down.
 */
export class AccessFile {
  readonly #path: string;
  readonly #file: StateFile<Access>;
  #content: Access = NOBODY;
  #damage: CodedError | null = null;
  #cause: unknown;
  readonly #listeners = new Set<() => void>();

  private constructor(path: string) {
    this.#path = path;
    this.#file = new StateFile({
      path,
      entry: STATE_FILES.access,
      schema: accessSchema,
      form: FORM,
      fromForm: { 1: withPeople },
      // Told with what it means for log-ins, and until it is mended.
      complain: (error) => {
        this.#cause = error;
      },
    });
  }

  static open(path: string): AccessFile {
    const file = new AccessFile(path);
    file.read();
    return file;
  }

  /** Reads it anew, where it could not be read before. @returns whether it is read now. */
  read(): boolean {
    const content = this.#file.read();
    if (content !== null) this.#content = content;
    this.#damage =
      content === null && this.#file.isDamaged ? damaged(this.#path, this.#cause) : null;
    return this.#damage === null;
  }

  /** Why nobody can be let in: there is a file and it cannot be read. It is kept. */
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
    try {
      await this.#file.write(this.#content);
    } catch (cause) {
      throw new CodedError(
        'GITCRON_E_ACCESS_WRITE',
        'The file of who may log in cannot be written.',
        {
          place: this.#path,
          hint: 'Free disk space on the state volume, or see why it cannot be written. What was revoked is revoked until the next start; repeat it then.',
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
    hint: `It was set aside as ${path}.damaged. Mend it or take a copy of it, and name it access.json: it is looked for every few seconds. Or delete both to begin anew: a password is made, and all tokens are gone.`,
    cause,
  });
}

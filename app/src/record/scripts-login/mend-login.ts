import { escapeIdentifier, escapeLiteral } from 'pg';
import { z } from 'zod';
import type { StandingConnection } from '../database/standing-connection.ts';
import type { Login } from './login.ts';
import { scramVerifier } from './scram-verifier.ts';
import type { Obstacle } from './try-login.ts';

const holderRow = z.object({ pid: z.number(), locks: z.coerce.number() });
const roleRow = z.object({ id: z.string().nullable() });
const settingsRow = z.object({ settings: z.array(z.string()) });

/**
 * What our own role knows of the scripts' role, and may do for it. Where it may not, its statements
 * fail, or change nothing.
 */
export class LoginMender {
  readonly #ours: StandingConnection;
  readonly #login: Login;
  #roleId: string | null = null;

  constructor(ours: StandingConnection, login: Login) {
    this.#ours = ours;
    this.#login = login;
  }

  /** Removes an obstacle, as far as we may. @returns what was done, as a sentence; null for nothing. */
  async mend(obstacle: Obstacle): Promise<string | null> {
    if (obstacle === 'password') return this.#setPassword();
    if (obstacle === 'locks') return this.#endGreatestHolder();
    // It passes, or it is a superuser's decision: not ours to undo.
    return null;
  }

  async #setPassword(): Promise<string> {
    const { role, password } = this.#login;
    const verifier = escapeLiteral(await scramVerifier(password));
    await this.#ours.query(`ALTER ROLE ${escapeIdentifier(role)} PASSWORD ${verifier}`);
    return 'It has the password of DATABASE_URL again.';
  }

  async hasDatabase(name: string): Promise<boolean> {
    const { rowCount } = await this.#ours.query('SELECT FROM pg_database WHERE datname = $1', [
      name,
    ]);
    return rowCount !== 0;
  }

  /**
   * Settings of the role that stand above the server's, for every job.
   * Reads what is needed with a full table of locks, too, so that all of it is in memory by then.
   */
  async settings(): Promise<readonly string[]> {
    await this.#greatestHolder();
    const { rows } = await this.#ours.query(
      `SELECT setconfig AS settings FROM pg_db_role_setting
       WHERE setrole = $1::oid AND setdatabase IN
         (0, (SELECT oid FROM pg_database WHERE datname = $2))`,
      [await this.#role(), this.#login.database],
    );
    return z
      .array(settingsRow)
      .parse(rows)
      .flatMap(({ settings }) => settings);
  }

  async #endGreatestHolder(): Promise<string | null> {
    const holder = await this.#greatestHolder(true);
    if (holder === null) return null;
    return `Its session ${holder.pid}, which held ${holder.locks} of them, was ended.`;
  }

  /**
   * With a full table of locks a statement gets by with what the session has in memory, and may open
   * no catalog that all databases share. So it is one statement, made of functions alone, which has
   * run before, ending nothing; and the two roles are looked up in it by pg_get_userbyid, as
   * pg_terminate_backend does.
   */
  async #greatestHolder(end = false) {
    const { rows } = await this.#ours.query(
      `SELECT pid, locks, CASE WHEN $2 THEN pg_terminate_backend(pid, 5000) END
       FROM (
         SELECT pid, count(*) AS locks FROM pg_lock_status()
         JOIN pg_stat_get_activity(NULL) AS session USING (pid)
         WHERE session.usesysid = $1::oid GROUP BY pid ORDER BY locks DESC LIMIT 1
       ) AS greatest
       WHERE pg_get_userbyid($1::oid) <> pg_get_userbyid(current_user::regrole)
         AND pg_has_role($1::oid, 'USAGE')`,
      [await this.#role(), end],
    );
    return z.array(holderRow).parse(rows)[0] ?? null;
  }

  /** Null is nobody's. */
  async #role(): Promise<string | null> {
    if (this.#roleId !== null) return this.#roleId;
    const { rows } = await this.#ours.query('SELECT to_regrole(quote_ident($1))::oid::text AS id', [
      this.#login.role,
    ]);
    this.#roleId = z.array(roleRow).parse(rows)[0]?.id ?? null;
    return this.#roleId;
  }
}

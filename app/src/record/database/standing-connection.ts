import { DatabaseError, type QueryResult } from 'pg';
import { DatabaseClient, databaseConfig, shieldSession } from './client.ts';

/** A server that accepts and never answers must not hold anybody up for longer. */
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * One connection that stays open between queries, and after those that fail: when no others are to
 * be had, it is there. Made at the first query, and again after it broke.
 */
export class StandingConnection {
  readonly #databaseUrl: string;
  readonly #name: string;
  #client: DatabaseClient | null = null;
  #isClosed = false;

  /** @param name what the server's administrator sees. */
  constructor(databaseUrl: string, name: string) {
    this.#databaseUrl = databaseUrl;
    this.#name = name;
  }

  async query(text: string, values: unknown[] = []): Promise<QueryResult> {
    const client = this.#client ?? (await this.#connect());
    try {
      return await client.query(text, values);
    } catch (error) {
      // What the server did not refuse itself leaves the connection in no state to go on.
      if (!(error instanceof DatabaseError)) this.#end();
      throw error;
    }
  }

  /** For good; what is under way ends with it. */
  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  #end(): void {
    this.#client?.end().catch(() => {});
    this.#client = null;
  }

  async #connect(): Promise<DatabaseClient> {
    const client = new DatabaseClient({
      ...databaseConfig(this.#databaseUrl),
      application_name: this.#name,
      connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    try {
      await client.connect();
      await shieldSession(client);
      if (this.#isClosed) throw new Error('closed meanwhile');
    } catch (error) {
      client.end().catch(() => {});
      throw error;
    }
    this.#client = client;
    return client;
  }
}

import type { Client, ClientConfig } from 'pg';
import { CodedError } from '@gitcron/base/coded-error';
import { DatabaseClient, databaseConfig, type DatabaseConfig } from './client.ts';

/**
 * Clients for a pool that read the URL, and the certificates that it names, at each new connection: they may be mounted
 * later than we start, or be renewed. Until then the database is away, which holds up no job.
 * @throws CodedError GITCRON_E_DATABASE_URL, which no later try could mend.
 */
export function clientFor(
  databaseUrl: string,
  parameters: Readonly<Record<string, string>>,
): typeof DatabaseClient {
  readNow(databaseUrl, parameters);
  return class LateClient extends DatabaseClient {
    readonly #unreadable: CodedError | null;

    constructor(options: ClientConfig = {}) {
      const { config, unreadable } = readNow(databaseUrl, parameters);
      super({ ...options, ...config });
      this.#unreadable = unreadable;
    }

    override connect(): Promise<Client>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<Client> | undefined {
      const connecting =
        this.#unreadable === null ? super.connect() : Promise.reject(this.#unreadable);
      if (callback === undefined) return connecting;
      connecting.then(
        (client) => callback(null, client),
        (error: Error) => callback(error, this),
      );
      return undefined;
    }
  };
}

/** As pg-pool asks. */
type Connected = (error: Error | null, client: Client) => void;

interface ReadNow {
  readonly config: DatabaseConfig;
  readonly unreadable: CodedError | null;
}

function readNow(databaseUrl: string, parameters: Readonly<Record<string, string>>): ReadNow {
  try {
    return { config: databaseConfig(databaseUrl, parameters), unreadable: null };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'GITCRON_E_DATABASE_FILE') throw error;
    return { config: {}, unreadable: error };
  }
}

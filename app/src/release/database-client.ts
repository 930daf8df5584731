import type { FileContent } from './content-hash.ts';
import { dependencyNames, parseNodeManifest } from './dependencies/node-manifest.ts';

/** Packages that are of no use without a Postgres database to log in to. */
const NODE_CLIENTS = [
  'pg',
  'postgres',
  'pg-promise',
  'pg-boss',
  'slonik',
  'knex',
  'sequelize',
  'typeorm',
  'prisma',
  '@prisma/client',
  'drizzle-orm',
  'graphile-worker',
];
const PYTHON_CLIENTS = /^\s*(psycopg2?(?:-binary)?|asyncpg|pg8000|aiopg)\b/im;

/** Any of these tells a client where its database is (libpq, "Environment Variables"). */
const CREDENTIALS = ['DATABASE_URL', 'PGHOST', 'PGHOSTADDR', 'PGSERVICE', 'PGDATABASE'];
const CREDENTIALS_IN_CRONTAB = new RegExp(`^\\s*(${CREDENTIALS.join('|')})\\s*=`, 'm');

/**
 * The first Postgres client that the manifests name, when jobs will have nothing to log in with;
 * null when there is no client, or there are credentials.
 */
export function clientWithoutCredentials(
  manifests: readonly FileContent[],
  crontab: FileContent,
  environment: Readonly<Record<string, string>>,
): string | null {
  const hasCredentials =
    CREDENTIALS.some((name) => (environment[name] ?? '') !== '') ||
    CREDENTIALS_IN_CRONTAB.test(textOf(crontab));
  if (hasCredentials) return null;
  return manifests.map(clientIn).find((client) => client !== null) ?? null;
}

function clientIn(manifest: FileContent): string | null {
  if (!manifest.path.endsWith('.json')) {
    return PYTHON_CLIENTS.exec(textOf(manifest))?.[1] ?? null;
  }
  const names = dependencyNames(parseNodeManifest(manifest));
  return NODE_CLIENTS.find((client) => names.includes(client)) ?? null;
}

function textOf({ bytes }: FileContent): string {
  return Buffer.from(bytes).toString('utf8');
}

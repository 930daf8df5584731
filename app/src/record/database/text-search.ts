import type { ClientBase } from 'pg';
import type { Logger } from '@gitcron/base/log';
import { withClient } from './with-client.ts';

/** What a search in "error or result" looks at. An index exists on exactly this expression: another needs another name. */
export const SEARCH_TEXT = `(CASE WHEN runs.status = 'succeeded' THEN '' ELSE COALESCE(runs.reason, '') END
  || E'\\n' || COALESCE(runs.error, '')
  || E'\\n' || COALESCE(runs.result, ''))`;

const INDEX = 'runs_text_and_error';
/** That of a version from before, which no search uses any more. */
const FORMER_INDEX = 'runs_text';

/** Runs in which there is something to find; the index has no others. */
export const SEARCHABLE = `(runs.status <> 'succeeded' OR runs.result IS NOT NULL)`;

/**
 * Makes the index for searching text, if the server has the extension pg_trgm or lets us add it.
 * Without it a search still works, but reads every run that the other filters leave. For a long
 * history it takes minutes; nothing has to wait for it.
 */
export async function prepareTextSearch(databaseUrl: string, logger: Logger): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const schema = (await extensionSchema(client)) ?? (await addExtension(client));
    if (schema !== null) {
      await makeIndex(client, schema);
      return;
    }
    logger.warn(
      'database: no extension pg_trgm, so searching a long history for text is slow. ' +
        'A superuser can add it: CREATE EXTENSION pg_trgm;',
    );
  });
}

async function makeIndex(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ valid: boolean }>(
    `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)`,
    [`gitcron.${INDEX}`],
  );
  if (rows[0]?.valid === true) return;
  await client.query(`DROP INDEX CONCURRENTLY IF EXISTS gitcron.${FORMER_INDEX}`);
  // An interrupted build leaves an index that is never used.
  await client.query(`DROP INDEX CONCURRENTLY IF EXISTS gitcron.${INDEX}`);
  await client.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${INDEX} ON gitcron.runs
    USING gin (${SEARCH_TEXT.replaceAll('runs.', '')} ${schema}.gin_trgm_ops)
    WHERE ${SEARCHABLE.replaceAll('runs.', '')}`);
}

async function extensionSchema(client: ClientBase): Promise<string | null> {
  const { rows } = await client.query<{ schema: string }>(
    `SELECT quote_ident(nspname) AS schema FROM pg_extension
     JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm'`,
  );
  return rows[0]?.schema ?? null;
}

/** Any owner of a database may add it, because it is a trusted extension, where it is installed. */
async function addExtension(client: ClientBase): Promise<string | null> {
  const { rows } = await client.query<{ possible: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm')
       AND has_database_privilege(current_database(), 'CREATE') AS possible`,
  );
  if (rows[0]?.possible !== true) return null;
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA gitcron');
  return 'gitcron';
}

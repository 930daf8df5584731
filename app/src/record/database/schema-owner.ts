import type { ClientBase } from 'pg';
import { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';

const ownersRow = z.object({ owner: z.string(), what: z.string() });

/**
 * Sees that the schema `gitcron` and what is in it belongs to us (or to a group that we are in,
 * or to a superuser, who owns the whole server): in a database of one's own, whoever may create
 * schemas could have made it first, and would read and write all of history.
 *
 * @throws CodedError GITCRON_E_RECORD_OWNER
 */
export async function checkSchemaOwner(client: ClientBase): Promise<void> {
  const { rows } = await client.query(
    `SELECT rolname AS owner, what FROM (
         SELECT nspowner AS owner, 'the schema gitcron' AS what
         FROM pg_namespace WHERE nspname = 'gitcron'
       UNION ALL
         SELECT relowner, 'gitcron.' || relname
         FROM pg_class WHERE relnamespace = to_regnamespace('gitcron')
       UNION ALL
         SELECT proowner, 'the function gitcron.' || proname
         FROM pg_proc WHERE pronamespace = to_regnamespace('gitcron')
     ) owned JOIN pg_roles ON pg_roles.oid = owned.owner
     WHERE rolname <> current_user AND NOT rolsuper
       AND (rolcanlogin OR NOT pg_has_role(owned.owner, 'USAGE')) LIMIT 1`,
  );
  const [foreign] = z.array(ownersRow).parse(rows);
  if (foreign === undefined) return;
  throw new CodedError(
    'GITCRON_E_RECORD_OWNER',
    `History is not written: ${foreign.what} belongs to another role, “${foreign.owner}”.`,
    {
      hint: 'Whoever owns it could change history. Look at what is in there; then drop the schema gitcron, or give it and all that is in it to our role (ALTER … OWNER TO).',
    },
  );
}

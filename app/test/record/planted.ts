import type { ClientBase } from 'pg';

/** Types whose functions and operators our statements use, or could be made to use. */
const TYPES = `ARRAY['text', 'varchar', 'name', '"char"', 'json', 'jsonb', 'uuid', 'timestamptz',
  'interval', 'int2', 'int4', 'int8', 'numeric', 'float8', 'bool', 'bytea', 'oid', 'regclass', 'record',
  'anyelement', 'anyarray', 'anycompatible', 'anynonarray', 'text[]', 'uuid[]', 'int4[]',
  'aclitem[]']::regtype[]`;

/**
 * Plants a function and an operator in a schema for each of pg_catalog that takes these
 * types, and types of the same names. Whoever calls one leaves a row in `called` there.
 *
 * @returns how many there are.
 */
export async function plantEverything(client: ClientBase, schema: string): Promise<number> {
  await client.query(`CREATE TABLE ${schema}.called (what text, by_whom text)`);
  await client.query(`GRANT INSERT ON ${schema}.called TO PUBLIC`);
  await client.query(`DO $plant$
    DECLARE
      one record;
      evil CONSTANT text := 'BEGIN INSERT INTO ${schema}.called VALUES (%L, current_user); RETURN NULL; END';
    BEGIN
      FOR one IN
        SELECT oid, proname, prokind, format_type(prorettype, NULL) AS result, proretset,
          pg_catalog.pg_get_function_identity_arguments(oid) AS identity,
          (SELECT string_agg(format_type(type, NULL), ', ' ORDER BY n)
           FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS a (type, n)) AS arguments
        FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
          AND prokind IN ('f', 'a') AND proargtypes::oid[] <@ ${TYPES}::oid[]
          AND (prorettype = ANY (${TYPES}) OR prorettype IN ('void'::regtype, 'bigint'::regtype))
      LOOP
        BEGIN
          EXECUTE format('CREATE FUNCTION ${schema}.%I(%s) RETURNS %s%s LANGUAGE plpgsql AS %L',
            one.proname, one.arguments, CASE WHEN one.proretset THEN 'SETOF ' ELSE '' END,
            one.result, CASE WHEN one.proretset OR one.result = 'void'
              THEN format('BEGIN INSERT INTO ${schema}.called VALUES (%L, current_user); RETURN; END', one.proname)
              ELSE format(evil, one.proname) END);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
      END LOOP;
      FOR one IN
        SELECT oprname, format_type(oprleft, NULL) AS l, format_type(oprright, NULL) AS r, oid,
          format_type(oprresult, NULL) AS result
        FROM pg_catalog.pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace
          AND oprleft = ANY (${TYPES}) AND oprright = ANY (${TYPES})
      LOOP
        BEGIN
          EXECUTE format('CREATE FUNCTION ${schema}.operator_%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L',
            one.oid, one.l, one.r, one.result, format(evil, one.oprname));
          EXECUTE format('CREATE OPERATOR ${schema}.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = ${schema}.operator_%s)',
            one.oprname, one.l, one.r, one.oid);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
      END LOOP;
    END $plant$`);
  // Names that stand for something of pg_catalog: a type, a relation.
  await client.query(`CREATE DOMAIN ${schema}.uuid AS text; CREATE DOMAIN ${schema}.text AS varchar(1);
    CREATE VIEW ${schema}.pg_namespace AS SELECT oid, 'planted'::name AS nspname FROM pg_catalog.pg_class;
    CREATE VIEW ${schema}.pg_extension AS SELECT 'pg_trgm'::name AS extname, 0::oid AS extnamespace;
    CREATE TYPE ${schema}.own AS (a int);
    CREATE FUNCTION ${schema}.own_cast(${schema}.own) RETURNS json LANGUAGE plpgsql AS
      'BEGIN INSERT INTO ${schema}.called VALUES (''cast'', current_user); RETURN NULL; END';
    CREATE CAST (${schema}.own AS json) WITH FUNCTION ${schema}.own_cast(${schema}.own) AS IMPLICIT`);
  const { rows } = await client.query<{ count: number }>(
    `SELECT (SELECT count(*) FROM pg_catalog.pg_proc WHERE pronamespace = '${schema}'::regnamespace)::int4
       AS count`,
  );
  return rows[0]?.count ?? 0;
}

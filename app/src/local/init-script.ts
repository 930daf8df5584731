import { readFile } from 'node:fs/promises';
import { escapeLiteral } from 'pg';

/** Statements for one database, in their order. */
export interface InitPart {
  readonly database: string;
  readonly statements: readonly string[];
}

/**
 * A script of `initdb/` as plain SQL. In the compose stack psql reads these files; here there is
 * no psql, so its `\getenv` lines are left out, its `:'name'` are filled in (psql(1), "SQL
 * Interpolation"), and `\connect` begins another part. A statement ends at the end of a line.
 *
 * @param database where it begins.
 */
export async function readInitScript(
  file: string,
  database: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<readonly InitPart[]> {
  const text = (await readFile(file, 'utf8'))
    .replaceAll(/^(--|\\getenv ).*$/gm, '')
    .replaceAll(/:'(\w+)'/g, (whole, name: string) => {
      const value = variables[name];
      return value === undefined ? whole : escapeLiteral(value);
    });
  const [first = '', ...others] = text.split(/^\\connect /m);
  const parts = [
    { database, statements: statementsIn(first) },
    ...others.map((part) => {
      const [name = '', ...lines] = part.split('\n');
      return { database: name.trim(), statements: statementsIn(lines.join('\n')) };
    }),
  ];
  return parts.filter(({ statements }) => statements.length > 0);
}

function statementsIn(sql: string): string[] {
  return sql
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

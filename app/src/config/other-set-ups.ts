import type { Environment } from '@gitcron/base/environment';

/** What the common set-up for Python calls its settings; scripts/env-names.js tells the same of `.env`. */
const OF_OTHER_SET_UPS: Readonly<Record<string, string>> = {
  REQ_FILE:
    'The file of dependencies is named by PACKAGE_FILE here, as a path in the repository: PACKAGE_FILE=requirements.txt.',
  POSTGRES_USER: 'Jobs log in as the role `scripts`; their DATABASE_URL says all that they need.',
  POSTGRES_DB: 'Jobs work in the database `scripts`; their DATABASE_URL says all that they need.',
};

/** A sentence for each setting that is there under a name that nothing reads. */
export function settingsOfOtherSetUps(environment: Environment): string[] {
  return Object.entries(OF_OTHER_SET_UPS)
    .filter(([name]) => Boolean(environment[name]))
    .map(([name, remedy]) => `${name} is set, and nothing reads it. ${remedy}`);
}

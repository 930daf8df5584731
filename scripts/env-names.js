/** What a name in `.env` or `scripts.env` is good for. Plain JavaScript without packages. */

/** Compose's own, and Docker's. */
const OF_COMPOSE = /^(COMPOSE|DOCKER|BUILDKIT|BUILDX)_/;

const FOR_SCRIPTS =
  'Nothing reads it here. What your scripts are to find belongs into scripts.env, as NAME=value.';
const DATABASE_FOR_SCRIPTS =
  'Nothing reads it here. Jobs get a DATABASE_URL by themselves; for a database of your own, set it in scripts.env.';

/** What other set-ups call their settings; app/src/config/other-set-ups.ts tells the same in the log. */
const OF_OTHERS = {
  REQ_FILE:
    'It is called PACKAGE_FILE here, and is a path in the repository: PACKAGE_FILE=requirements.txt.',
  REQUIREMENTS_FILE: 'It is called PACKAGE_FILE here: PACKAGE_FILE=requirements.txt.',
  CRONTAB_FILE: 'It is called CRON_FILE here: CRON_FILE=app/crontab.txt.',
  POSTGRES_USER:
    'Nothing reads it: the roles are gitcron and scripts, and jobs log in as scripts (DATABASE_URL). Take it out.',
  POSTGRES_DB:
    'Nothing reads it: the databases are gitcron and scripts, and jobs work in scripts (DATABASE_URL). Take it out.',
  DATABASE_URL: DATABASE_FOR_SCRIPTS,
  PGHOST: DATABASE_FOR_SCRIPTS,
  PGPORT: DATABASE_FOR_SCRIPTS,
  PGUSER: DATABASE_FOR_SCRIPTS,
  PGPASSWORD: DATABASE_FOR_SCRIPTS,
  PGDATABASE: DATABASE_FOR_SCRIPTS,
};

/** The names that docker-compose.yml takes from `.env`. */
export function namesOfCompose(composeFile, databaseFile) {
  const interpolated = `${composeFile}\n${databaseFile}`.matchAll(/\$\{([A-Z][A-Z0-9_]*)/g);
  const passedOn = composeFile.matchAll(/^ +([A-Z][A-Z0-9_]*): *$/gm);
  const names = [...interpolated, ...passedOn].map(([, name]) => name);
  return new Set(names.filter((name) => !Object.hasOwn(OF_OTHERS, name)));
}

/** The names that .env.example explains. */
export function namesOfExample(example) {
  return new Set([...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name));
}

/** @returns {string | null} what is wrong with a name in `.env`. */
export function judgeName(name, { read, documented, used }) {
  if (read.has(name) || OF_COMPOSE.test(name)) return null;
  if (Object.hasOwn(OF_OTHERS, name)) return OF_OTHERS[name];
  if (documented.has(name))
    return 'In the stack the container sets it itself, and .env does not change it. Take it out.';
  if (used.has(name)) return null;
  const near = nearest(name.toUpperCase(), read);
  return near === null ? FOR_SCRIPTS : `There is no such setting. Did you mean ${near}?`;
}

function nearest(name, names) {
  const limit = name.length < 5 ? 1 : Math.max(2, Math.floor(name.length / 4));
  const [best] = [...names]
    .map((candidate) => ({ candidate, distance: distance(name, candidate) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= limit ? best.candidate : null;
}

/** Levenshtein's: how many letters to put in, take out or change. */
function distance(one, another) {
  let row = Array.from({ length: another.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= another.length; j += 1) {
      const change = row[j - 1] + (one[i - 1] === another[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[another.length];
}

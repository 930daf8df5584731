// `npm run check-env`: says what Compose would not tell about .env (and scripts.env): names that nothing
// reads, a $ that cuts a value, quotes, files that are missing or that a container may not read. On whatever Node the system has, before
// anything is installed or started. Values are never shown.
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  judgeCertificate,
  judgeDatabaseFiles,
  judgeFileOfApp,
  judgeFileOfSync,
} from './env-access.js';
import { readEnvFile } from './env-file.js';
import { judgeName, namesOfCompose, namesOfExample } from './env-names.js';

const project = fileURLToPath(new URL('..', import.meta.url));
/** Where a container sees what on this machine. */
const MOUNTS = [
  {
    names: /^(ADMIN_PASSWORD_FILE|SYNC_WEBHOOK_SECRET_FILE|OIDC_CLIENT_SECRET_FILE)$/,
    there: '/run/secrets/app/',
    here: 'secrets/app/',
    judge: judgeFileOfApp,
  },
  {
    names: /^(GIT_SYNC_CA_FILE|NODE_EXTRA_CA_CERTS)$/,
    there: '/run/certificates/',
    here: 'certificates/',
    judge: judgeCertificate,
  },
  {
    names: /^GIT_SYNC_\w+_FILE$/,
    there: '/run/secrets/gitcron/',
    here: 'secrets/',
    judge: judgeFileOfSync,
  },
];
/** What jobs get, too, though Gitcron reads it. */
const SEEN_BY_JOBS =
  /^(TZ|PUBLIC_URL|OIDC_(?!CLIENT_SECRET$)\w+|HTTPS?_PROXY|NO_PROXY|NODE_EXTRA_CA_CERTS)$/;
const PASSWORDS = ['POSTGRES_PASSWORD', 'SCRIPTS_DB_PASSWORD'];

const file = resolve(process.argv[2] ?? join(project, '.env'));
const text = read(file);
if (text === null) {
  console.error(
    `There is no ${file}. To make it: cp .env.example .env, then set the two passwords in it.`,
  );
  process.exit(66);
}
const found = [
  ...checkSettings(text),
  ...checkScripts(read(join(project, 'scripts.env'))),
  ...judgeDatabaseFiles(project).map((problem) => ({ where: 'This directory', problem })),
];
for (const { where, problem } of found) console.log(`${where}: ${problem}`);
if (found.length > 0) {
  console.log(
    `\n${found.length === 1 ? 'One thing' : `${found.length} things`} to mend. Then: docker compose up -d`,
  );
  process.exit(1);
}
console.log(
  'Names, quotes and files are right. What is wrong with a value is told in the log when the stack starts.',
);

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    console.error(`${path} cannot be read (${error.code}). It has to be a file that you may read.`);
    return process.exit(66);
  }
}

function readOurs(name) {
  return read(join(project, name)) ?? '';
}

function checkSettings(content) {
  const { entries, problems } = readEnvFile(content);
  const names = {
    read: namesOfCompose(readOurs('docker-compose.yml'), readOurs('database.env')),
    documented: namesOfExample(readOurs('.env.example')),
    used: new Set(content.match(/(?<=\$\{?)[A-Za-z_]\w*/g)),
  };
  const values = new Map(entries.map(({ name, value }) => [name, value]));
  const told = problems.map(({ line, text: problem }) => ({
    where: `.env, line ${line}`,
    problem,
  }));
  for (const { name, value, line } of entries) {
    const problem = judgeName(name, names) ?? judgePath(name, value);
    if (problem !== null)
      told.push({ where: `.env, line ${line}`, problem: `${name}: ${problem}` });
  }
  return [...told, ...judgePasswords(values).map((problem) => ({ where: '.env', problem }))];
}

/** A setting of the stack has no effect there, and jobs never get it. */
function checkScripts(content) {
  if (content === null) return [];
  const { entries, problems } = readEnvFile(content);
  const ofTheStack = entries.filter(
    ({ name }) => name.startsWith('GIT_SYNC_') || PASSWORDS.includes(name),
  );
  const documented = namesOfExample(readOurs('.env.example'));
  const ofGitcron = entries.filter(
    (entry) =>
      documented.has(entry.name) && !SEEN_BY_JOBS.test(entry.name) && !ofTheStack.includes(entry),
  );
  return [
    ...problems,
    ...ofGitcron.map(({ name, line }) => ({
      line,
      text: `${name}: It is a setting of Gitcron, and no job gets it from here. For Gitcron, move it to .env; for jobs, write ${name}=… above them in the crontab.`,
    })),
    ...ofTheStack.map(({ name, line }) => ({
      line,
      text: `${name}: It is a setting of the stack: move it to .env.`,
    })),
  ].map(({ line, text: problem }) => ({ where: `scripts.env, line ${line}`, problem }));
}

function judgePath(name, value) {
  if (/^(PACKAGE|CRON)_FILE$/.test(name) && value.startsWith('/'))
    return 'It is a path in the scripts repository, relative to its root, such as app/crontab.txt.';
  const mount = MOUNTS.find(({ names }) => names.test(name));
  if (mount === undefined || value === '') return null;
  const { there, here, judge } = mount;
  if (!value.startsWith(there))
    return `The container does not see this path. Put the file into ${here}, and write ${there}NAME.`;
  const path = here + value.slice(there.length);
  try {
    const isFile = statSync(join(project, path), { throwIfNoEntry: false })?.isFile() ?? false;
    return isFile ? judge(project, path) : `There is no file ${path} on this machine.`;
  } catch (error) {
    // Somebody else's directory: only root can look there.
    if (error.code === 'EACCES') return null;
    throw error;
  }
}

function judgePasswords(values) {
  const problems = PASSWORDS.flatMap((name) => {
    const value = values.get(name) ?? '';
    if (value === '') return [`${name} is not set. To make one: openssl rand -hex 24`];
    const isFit = /^[A-Za-z0-9]{8,}$/.test(value);
    return isFit
      ? []
      : [`${name}: At least 8 letters and digits, nothing else: it becomes part of a URL.`];
  });
  const [one, another] = PASSWORDS.map((name) => values.get(name) ?? '');
  if (one !== '' && one === another)
    problems.push(
      `${PASSWORDS.join(' and ')} are the same: jobs know the second, and must not know the first.`,
    );
  const [ofSync, ofApp] = ['GIT_SYNC_WEBHOOK_SECRET', 'SYNC_WEBHOOK_SECRET'].map((name) =>
    values.get(name),
  );
  if (ofApp && ofSync !== ofApp && !ofApp.includes('$'))
    problems.push(
      'SYNC_WEBHOOK_SECRET: it has to be the same as GIT_SYNC_WEBHOOK_SECRET, or gitcron sync is refused.',
    );
  return problems;
}

// Runs as a job, and within an install, and tries what neither may do.
// Prints one line: what came of each attempt.
const fs = require('node:fs');
const net = require('node:net');
const zlib = require('node:zlib');
const pg = require('pg');

// The supervisor is the first child of the container's init process.
const supervisor = fs.readFileSync('/proc/1/task/1/children', 'utf8').split(' ')[0];

const connect = (path) =>
  new Promise((resolve, reject) => {
    const socket = net.connect(path, () => socket.end(() => resolve('connected')));
    socket.on('error', reject);
  });

const write = (file) => () => fs.writeFileSync(file, 'intruder');

async function query(sql, options = {}) {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL, ...options });
  await client.connect();
  try {
    return JSON.stringify((await client.query(sql)).rows);
  } finally {
    await client.end();
  }
}

const attempts = {
  'read the environment of the supervisor': () =>
    fs.readFileSync(`/proc/${supervisor}/environ`, 'utf8'),
  'read the memory of the supervisor': () => fs.openSync(`/proc/${supervisor}/mem`, 'r'),
  'open the files that the supervisor has open': () => fs.readdirSync(`/proc/${supervisor}/fd`),
  'read the history of all runs': () => fs.readdirSync('/var/lib/app-state/journal'),
  'read who may log in': () => fs.readFileSync('/var/lib/app-state/access.json', 'utf8'),
  'command the supervisor': () => connect('/var/lib/app-state/control.sock'),
  'kill the supervisor': () => process.kill(Number(supervisor), 'SIGKILL'),
  'read the home of the installer': () => fs.readdirSync('/home/installer'),
  'read the home of the jobs': () => fs.readdirSync('/home/jobs'),
  'write into its own release': write('app/left-by-the-intruder'),
  'write into its dependencies': write(`${require.resolve('pg')}.intruder`),
  'write into the state volume': write('/var/lib/app-state/intruder'),
  'write into the code volume': write('/app/project/source/intruder'),
  'write into the program': write('/opt/gitcron/app/src/main.ts'),
  'write to the root of the container': write('/intruder'),
  'become root': () => process.setuid(0),
  'connect to the database of the supervisor': () => {
    const url = new URL(process.env.DATABASE_URL);
    url.pathname = '/gitcron';
    return query('SELECT 1', { connectionString: url.href });
  },
  'close the database of all scripts': () =>
    query('ALTER DATABASE scripts ALLOW_CONNECTIONS false'),
  'make a table in its own database': () => query('CREATE TABLE intruder (); DROP TABLE intruder'),
  'become the role of the supervisor': () => query('SET ROLE gitcron'),
  'log in as the superuser': () => {
    const { hostname } = new URL(process.env.DATABASE_URL);
    const password = 'guess';
    const connectionString = `postgres://postgres:${password}@${hostname}/gitcron`;
    return query('SELECT 1', { connectionString });
  },
};

async function outcomeOf(attempt) {
  try {
    return `succeeded: ${await attempt()}`;
  } catch (error) {
    return error.code ?? String(error);
  }
}

async function main() {
  const outcomes = {};
  for (const [name, attempt] of Object.entries(attempts)) outcomes[name] = await outcomeOf(attempt);
  const report = {
    uid: process.getuid(),
    groups: process.getgroups(),
    environment: process.env,
    attempts: outcomes,
  };
  // Packed, or the mask of the log would hide exactly what must not be there: it knows base64.
  console.log(`REPORT ${zlib.deflateSync(JSON.stringify(report)).toString('base64')}`);
}

void main();

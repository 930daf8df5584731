// Runs before `npm start`, `npm run demo` and `npm test`, on whatever Node the system has: builds the
// panel (app/panel) into app/panel/dist when that is missing, damaged or of other sources, and says
// nothing when it is as it should be. With --if-possible a panel that cannot be built is told and is
// no failure: jobs need none.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const OLDEST_NODE = 24;
const LONGEST_BUILD_MS = 300_000;
/** What is smaller gains nothing. */
const LEAST_COMPRESSED_BYTES = 1024;
const TEXT = /\.(css|html|js|json|svg|txt)$/;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const panel = join(root, 'app/panel');
const dist = join(panel, 'dist');
const PAGE = 'index.html';
/** Of which sources the panel was built, and its files. Written last: without it nothing is whole. */
const NOTE = '.built.json';

function filesIn(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath ?? entry.path, entry.name)))
    .toSorted();
}

/** Changes with everything that decides what is built. */
function hashOfSources() {
  const hash = createHash('sha256');
  const own = ['index.html', 'package.json', 'tsconfig.json', 'vite.config.ts'];
  const files = [
    ...['package-lock.json', 'tsconfig.json', 'scripts/build-panel.js'],
    ...own.map((name) => join('app/panel', name)),
    ...['app/panel/src', 'app/panel/public', 'app/src/api'].flatMap((directory) =>
      filesIn(join(root, directory)).map((name) => join(directory, name)),
    ),
  ];
  for (const file of files) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Of which sources it is; null when it is not whole. */
function sourcesOfDist() {
  try {
    const { sources, files } = JSON.parse(readFileSync(join(dist, NOTE), 'utf8'));
    const isWhole = Object.entries(files).every(
      ([name, hash]) => hashOf(readFileSync(join(dist, name))) === hash,
    );
    return isWhole ? sources : null;
  } catch {
    return null;
  }
}

function hashOf(content) {
  return createHash('sha256').update(content).digest('hex');
}

/** The Node that npm installed, or this one if it is new enough. */
function newNode() {
  try {
    return createRequire(join(root, 'package.json')).resolve('node/bin/node');
  } catch {
    if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return process.execPath;
    throw new Error(`It needs Node ${OLDEST_NODE}, which npm install brings.`);
  }
}

function buildInto(directory) {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  if (!existsSync(vite)) throw new Error('Vite is not installed: run npm install in the project.');
  const options = ['--outDir', directory, '--emptyOutDir', '--configLoader', 'native'];
  const { status, signal, error, stdout, stderr } = spawnSync(
    newNode(),
    [vite, 'build', panel, ...options, '--logLevel', 'warn'],
    {
      cwd: panel,
      env: { ...process.env, NODE_ENV: 'production' },
      encoding: 'utf8',
      timeout: LONGEST_BUILD_MS,
    },
  );
  if (error?.code === 'ETIMEDOUT') throw new Error('Vite did not end within five minutes.');
  if (error) throw error;
  if (signal) throw new Error(`Vite was ended by ${signal}. Is there enough memory?`);
  if (status !== 0) throw new Error(`${stdout}${stderr}`.trim());
}

function compressIn(directory) {
  // The page is small, and has to change in one step.
  for (const name of filesIn(directory).filter((file) => TEXT.test(file) && file !== PAGE)) {
    const content = readFileSync(join(directory, name));
    if (content.length < LEAST_COMPRESSED_BYTES) continue;
    writeFileSync(join(directory, `${name}.br`), brotliCompressSync(content));
    writeFileSync(join(directory, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
}

/**
 * Moves what was built to where it is served from. The page is swapped in when all that it asks for
 * is there, and only then what nobody asks for any more is removed: whoever reads at any instant, and
 * whoever is killed at any, has or leaves a whole panel. Another start may do the same beside us.
 */
function publish(directory, sources) {
  const names = filesIn(directory);
  for (const name of [...names.filter((file) => file !== PAGE), PAGE]) {
    mkdirSync(dirname(join(dist, name)), { recursive: true });
    renameSync(join(directory, name), join(dist, name));
  }
  for (const name of filesIn(dist)) {
    if (!names.includes(name) && name !== NOTE) rmSync(join(dist, name), { force: true });
  }
  const files = Object.fromEntries(
    names.map((name) => [name, hashOf(readFileSync(join(dist, name)))]),
  );
  writeFileSync(join(directory, NOTE), JSON.stringify({ sources, files }));
  renameSync(join(directory, NOTE), join(dist, NOTE));
}

/** Of builds that were killed; what they had started may have written there for a while yet. */
function removeUnfinished() {
  for (const name of readdirSync(panel)) {
    const [, pid] = /^\.unfinished-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) {
      rmSync(join(panel, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function build(sources) {
  const began = Date.now();
  process.stdout.write('Building the panel. Only needed after a change … ');
  const unfinished = join(panel, `.unfinished-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    mkdirSync(unfinished);
    buildInto(unfinished);
    compressIn(unfinished);
    publish(unfinished, sources);
    console.log(`${((Date.now() - began) / 1000).toFixed(1)} s.`);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

try {
  removeUnfinished();
  const sources = hashOfSources();
  if (sourcesOfDist() !== sources) build(sources);
} catch (error) {
  console.error(`\nThe panel could not be built: ${error.message}`);
  const goesOn = existsSync(join(dist, PAGE))
    ? 'The one that was built before is shown.'
    : 'There is none to be seen.';
  console.error(`${goesOn} Jobs, commands and the API need none.`);
  console.error('  hint: mend what is said above, then run node scripts/build-panel.js');
  if (!process.argv.includes('--if-possible')) process.exitCode = 1;
}

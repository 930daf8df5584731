// Runs before `npm start` and `npm test`, on whatever Node the system has: installs what
// package-lock.json names and node_modules lacks, and says nothing when nothing is missing.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(join(root, lockfile), 'utf8')).packages ?? {};
  } catch {
    // Never installed, or cut short: everything is missing.
    return {};
  }
}

const wanted = packagesOf('package-lock.json');
// npm writes this file when an install is complete.
const installed = packagesOf('node_modules/.package-lock.json');
const missing = Object.entries(wanted).filter(
  ([path, { version, optional, link }]) =>
    path.includes('node_modules/') &&
    !optional &&
    // A link is a workspace of ours: a clone from before it was there lacks it.
    (link ? installed[path] === undefined : installed[path]?.version !== version),
);

if (missing.length > 0) {
  console.log(`Installing ${missing.length} packages. Only the first start takes this long.`);
  // A project of ours is a git checkout: npm ci takes exactly what the lockfile says.
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, error } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) console.error(`npm could not be started: ${error.message}`);
  if (status !== 0) {
    console.error('The packages could not be installed. Mend what npm says above and try again.');
    process.exit(status ?? 1);
  }
}

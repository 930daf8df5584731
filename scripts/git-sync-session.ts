/** A session with git-sync as docs/git-sync.md shows it: a push, a password that is refused, and the right one. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveRepositories } from '../git-sync/test/support/git-http-backend.ts';
import { listenOnLoopback } from '../git-sync/test/support/loopback.ts';

const directory = mkdtempSync(join(tmpdir(), 'gitcron-sample-'));
const origin = join(directory, 'scripts.git');
const passwordFile = join(directory, 'token');
let accepted = 'the first token';

const serve = serveRepositories(directory);
const server = createServer((request, response) => {
  const [, encoded = ''] = (request.headers.authorization ?? '').split(' ');
  if (Buffer.from(encoded, 'base64').toString('utf8').endsWith(`:${accepted}`)) {
    serve(request, response);
  } else {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  }
});
const url = `http://127.0.0.1:${await listenOnLoopback(server)}/scripts.git`;

git('init', '--quiet', '--bare', '--initial-branch=main');
commit('Add the report');
writeFileSync(passwordFile, accepted);
const main = join(import.meta.dirname, '../git-sync/src/main.ts');
const child = spawn(process.execPath, [main], {
  env: {
    PATH: process.env['PATH'],
    TZ: 'UTC',
    GIT_SYNC_REPO: url,
    GIT_SYNC_ROOT: join(directory, 'code'),
    GIT_SYNC_WAIT: '1',
    GIT_SYNC_PASSWORD_FILE: passwordFile,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let log = '';
child.stdout.on('data', (chunk: Buffer) => void (log += chunk.toString('utf8')));

await said('Add the report');
commit('Fix the report');
await said('Fix the report');
accepted = 'the second token';
await said('still failing: 4 failures');
writeFileSync(passwordFile, accepted);
await said('well again');
child.kill();
await once(child, 'close');
server.closeAllConnections();
server.close();
rmSync(directory, { recursive: true, force: true });
process.stdout.write(log.replaceAll(url, 'https://git.example.com/team/scripts.git'));

function git(...args: string[]): string {
  return execFileSync('git', ['--git-dir', origin, ...args], { input: '' })
    .toString()
    .trim();
}

function commit(subject: string): void {
  const author = ['-c', 'user.name=Ann Lee', '-c', 'user.email=ann@example.com'];
  const hash = git(...author, 'commit-tree', '-m', subject, git('mktree'));
  git('update-ref', 'refs/heads/main', hash);
}

async function said(text: string): Promise<void> {
  while (!log.includes(text)) await once(child.stdout, 'data');
}

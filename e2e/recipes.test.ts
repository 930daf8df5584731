import { readFile, appendFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFailed, onTestFinished, test } from 'vitest';
import { startForwardProxy } from '../git-sync/test/support/forward-proxy.ts';
import { serveRepositories } from '../git-sync/test/support/git-http-backend.ts';
import { listenOnLoopback } from '../git-sync/test/support/loopback.ts';
import { startSshGitServer } from '../git-sync/test/support/ssh-git-server.ts';
import { makeTlsIdentity } from '../git-sync/test/support/tls-identity.ts';
import { Checkout, shellLines } from './checkout.ts';
import { bridgeAddress, GitServer } from './git-server.ts';
import { ScriptsRepository } from './scripts-repository.ts';

/** What Compose would cut, if it were not written as docs/problems.md says. */
const PASSWORD = 'e2e-$ecret#1 {x}';

let checkout: Checkout;
let repository: ScriptsRepository;
let server: GitServer;
let host: string;

const saying = (words: string) => ({
  'app/crontab.txt': `# @name speaker\n@every 1s echo "${words}"\n`,
});

beforeAll(async () => {
  host = await bridgeAddress();
  repository = await ScriptsRepository.create();
  server = await GitServer.start(repository.directory, { username: 'ada', password: PASSWORD });
  checkout = await Checkout.create();
  // What check-env asks for after a clone with a strict umask.
  await checkout.type('chmod -R a+rX postgresql.conf pg_hba.conf initdb');
  await checkout.type('chmod a+rx secrets secrets/app certificates');
  await checkout.set({
    POSTGRES_PASSWORD: 'aaaaaaaaaaaa',
    SCRIPTS_DB_PASSWORD: 'bbbbbbbbbbbb',
    HTTP_PORT: '0',
    GIT_SYNC_WEBHOOK_PORT: '0',
    GIT_SYNC_WAIT: '1',
  });
});

afterAll(async () => {
  await checkout.remove();
  await server.stop();
  await repository.remove();
});

const explain = () =>
  onTestFailed(async () => console.error(await checkout.type('docker compose logs --tail 60')));

/** The lines of a recipe: those of a page that name a file. */
async function recipe(page: string, name: string): Promise<string[]> {
  const lines = (await shellLines(page)).filter((line) => line.includes(name));
  expect(lines).not.toEqual([]);
  return lines;
}

async function arrives(words: string): Promise<string> {
  expect(await checkout.type('npm run --silent check-env')).toMatch(/^Names, quotes and files/);
  await checkout.type('docker compose up --build -d');
  return checkout.see('docker compose logs app', new RegExp(`speaker#\\w+ \\| ${words}`));
}

test('a password with a dollar, a number sign and braces in .env', async () => {
  explain();
  await repository.push('One', saying('by a password'));
  await checkout.set({
    GIT_SYNC_REPO: `http://${host}:${server.port}/scripts.git`,
    GIT_SYNC_USERNAME: 'ada',
    GIT_SYNC_PASSWORD: `'${PASSWORD}'`,
  });
  expect(await arrives('by a password')).toContain('speaker');
});

test('a token in a file, by the lines of docs/git-sync.md', async () => {
  explain();
  for (const line of await recipe('docs/git-sync.md', 'secrets/token')) {
    await checkout.type(line, PASSWORD);
  }
  await repository.push('Two', saying('by a token'));
  await checkout.type(`sed -i '/^GIT_SYNC_PASSWORD=/d' .env`);
  await checkout.set({ GIT_SYNC_PASSWORD_FILE: '/run/secrets/gitcron/token' });
  expect(await arrives('by a token')).toContain('speaker');
});

test('a key for SSH, by the lines of docs/git-sync.md', async () => {
  explain();
  const ssh = await startSshGitServer(join(repository.directory, 'ssh'), host);
  const port = new URL(ssh.origin).port;
  const lines = await recipe('docs/git-sync.md', 'secrets/id_ed25519');
  const scan = await recipe('docs/git-sync.md', 'ssh-keyscan github.com');
  const [make = '', hand = ''] = lines;
  await checkout.type(make);
  await checkout.type(scan[0]?.replace('github.com', `-p ${port} ${host}`) ?? '');
  await checkout.type(hand);
  await appendFile(
    ssh.authorizedFile,
    await readFile(join(checkout.directory, 'secrets/id_ed25519.pub'), 'utf8'),
  );
  await repository.push('Three', saying('by a key'));
  await checkout.set({
    GIT_SYNC_REPO: `${ssh.origin}${join(repository.directory, 'scripts.git')}`,
    GIT_SYNC_SSH_KEY_FILE: '/run/secrets/gitcron/id_ed25519',
    GIT_SYNC_SSH_KNOWN_HOSTS_FILE: '/run/secrets/gitcron/known_hosts',
  });
  expect(await arrives('by a key')).toContain('speaker');
});

test('an authority of one’s own and a proxy, for git and for the install', async () => {
  explain();
  const identity = await makeTlsIdentity(join(repository.directory, 'tls'), { address: host });
  const secure = createServer(identity, serveRepositories(repository.directory));
  const port = await listenOnLoopback(secure, 0, host);
  onTestFinished(() => {
    secure.closeAllConnections();
    secure.close();
  });
  const proxy = await startForwardProxy(host);
  await checkout.type(`cp ${identity.authorityFile} certificates/company.pem`);
  await checkout.type('chmod 644 certificates/company.pem');
  await repository.push('Four', {
    ...saying('by the proxy'),
    'package.json': JSON.stringify({
      name: 'own',
      private: true,
      dependencies: { 'is-number': '7.0.0' },
    }),
  });
  await checkout.set({
    GIT_SYNC_REPO: `https://${host}:${port}/scripts.git`,
    HTTP_PROXY: proxy.url,
    HTTPS_PROXY: proxy.url,
    GIT_SYNC_CA_FILE: '/run/certificates/company.pem',
    NODE_EXTRA_CA_CERTS: '/run/certificates/company.pem',
  });
  await arrives('by the proxy');
  expect(proxy.requests).toContain(`CONNECT ${host}:${port}`);
  expect(proxy.requests.some((request) => !request.includes(`${host}:${port}`))).toBe(true);
});

/** Tries to log in so often at the same time, and prints the statuses. */
const LOG_IN = `
const [address, password, times] = process.argv.slice(1);
const [name, port] = address.split(':');
require('node:dns').promises.lookup(name, 4).then(async (host) => {
  const origin = 'http://' + host.address + ':' + port;
  const headers = { origin, 'content-type': 'application/json' };
  const body = JSON.stringify({ password });
  const log = () => fetch(origin + '/api/v1/session', { method: 'POST', headers, body });
  const answers = await Promise.all(Array.from({ length: Number(times) }, log));
  for (const { status } of answers) console.log(status);
});
`;

const WRONG = 'not-the-password';

test('the administrator’s password in a file, by docs/api.md; no address locks out another one', async () => {
  explain();
  const lines = await recipe('docs/api.md', 'secrets/app/admin-password');
  for (const line of lines.filter((one) => !one.startsWith('#'))) await checkout.type(line);
  await checkout.set({ ADMIN_PASSWORD_FILE: '/run/secrets/app/admin-password' });
  const start = new Date().toISOString();
  await arrives('by the proxy');
  await checkout.see(`docker compose logs --since ${start} app`, /API: port 8080/);
  await checkout.write('log-in.js', LOG_IN);
  const right = await checkout.type('sudo cat secrets/app/admin-password');
  const address = await checkout.type('docker compose port app 8080');
  const script = '"$(cat log-in.js)"';
  const network = '"${COMPOSE_PROJECT_NAME}_outside"';
  const image = 'node:24-trixie-slim';
  const from = {
    // All on this machine come by the gateway of Docker's network.
    host: `node -e ${script} ${address}`,
    neighbour: `docker compose exec -T git-sync env -u HTTP_PROXY node -e ${script} app:8080`,
    other: `docker run --rm --network ${network} ${image} node -e ${script} app:8080`,
  };
  const tries = async (who: keyof typeof from, password: string, times: number) =>
    (await checkout.type(`${from[who]} '${password}' ${times}`))
      .split('\n')
      .map(Number)
      .toSorted((a, b) => a - b);

  expect(await tries('host', right, 1)).toEqual([204]);
  expect((await tries('neighbour', WRONG, 12)).slice(9)).toEqual([401, 429, 429]);
  expect(await tries('neighbour', right, 1)).toEqual([429]);
  expect(await tries('host', right, 1)).toEqual([204]);
  expect((await tries('host', WRONG, 12)).slice(9)).toEqual([401, 429, 429]);
  expect(await tries('other', right, 1)).toEqual([204]);
  // Many may stand behind the gateway: they are slowed down, and never locked out.
  await checkout.see(`${from.host} '${right}' 1`, /^204$/, 20_000);
});

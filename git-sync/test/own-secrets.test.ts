import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { GitFailure, runGit } from '../src/git/run-git.ts';
import { freePort, listenOnLoopback } from './support/loopback.ts';
import { createOrigin } from '../../base/test/origin.ts';
import { SOON_MS, startProgram } from './support/program.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';
import { until } from '../../base/test/until.ts';

const OLD = 'pa+ss/word-of-before';
const NEW = 'pa+ss/word-of-today';
const WEBHOOK = 'webhook-secret-of-ours';
const PROXY = 'proxy-pass/word';

test(
  'its own secrets are in no log, no status and no metric, not even those of before',
  { timeout: 2 * SOON_MS },
  async () => {
    const directory = await temporaryDirectory();
    const origin = await createOrigin(join(directory, 'origin'));
    const root = join(directory, 'code');
    const file = join(directory, 'password');
    await writeFile(file, `${OLD}\n`);
    const port = await freePort();
    await origin.commit({ a: '1' }, `1 ${OLD} ${encodeURIComponent(OLD)} ${WEBHOOK}`);
    const program = startProgram({
      GIT_SYNC_REPO: origin.path,
      GIT_SYNC_ROOT: root,
      GIT_SYNC_WAIT: '1',
      GIT_SYNC_PASSWORD_FILE: file,
      GIT_SYNC_WEBHOOK_SECRET: WEBHOOK,
      GIT_SYNC_HTTP_PORT: `${port}`,
      HTTPS_PROXY: `http://ann:${encodeURIComponent(PROXY)}@proxy.example:3128`,
    });
    await program.says('1 *** *** ***');

    await writeFile(file, `${NEW}\n`);
    await origin.commit({ a: '2' }, `2 ${NEW} ${OLD} ${PROXY}`);
    await program.says('2 *** *** ***');
    const status = () => readFile(join(root, 'status.json'), 'utf8');
    await until(async () => {
      expect(await status()).toContain('2 *** *** ***');
      return true;
    });
    const answers = ['healthz', 'metrics'].map(async (path) =>
      (await fetch(`http://127.0.0.1:${port}/${path}`)).text(),
    );
    const seen = [program.output(), await status(), ...(await Promise.all(answers))].join('\n');
    for (const secret of [OLD, NEW, WEBHOOK, PROXY]) {
      expect(seen).not.toContain(secret);
      expect(seen).not.toContain(encodeURIComponent(secret));
    }
  },
);

/** A proxy that says in every way it has what it was told, as one with a debugging mode does. */
async function startTalkativeProxy(): Promise<number> {
  const server = createServer((request, response) => {
    const { 'proxy-authorization': login = '' } = request.headers;
    const [, coded = ''] = login.split(' ');
    response.writeHead(407, {
      'content-type': 'text/plain',
      'proxy-authenticate': 'Basic realm="way out"',
    });
    response.end(`no: ${login} is ${Buffer.from(coded, 'base64').toString('utf8')}\n`);
  });
  server.on('connect', (request, socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`HTTP/1.1 407 no ${request.headers['proxy-authorization'] ?? ''}\r\n\r\n`);
  });
  const port = await listenOnLoopback(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return port;
}

test.each([
  ['http', 'http://ann:proxy-pass%2Fword@127.0.0.1:PORT', 'wants another password'],
  ['https', 'http://ann:proxy-pass%2Fword@127.0.0.1:PORT', 'wants another password'],
  ['https', 'http://ann:proxy-pass%2Fword@127.0.0.1:99999', 'GITCRON_E_REMOTE_FAILED'],
  ['https', 'http://ann:proxy-pass%0Aword@127.0.0.1:1', 'newline'],
  ['https', 'http://ann:proxy-pass/word@127.0.0.1:1', "'ann:***'"],
  ['https', 'ann:proxy-pass?word@127.0.0.1:1', "'ann:***'"],
  ['http', 'http://ann:proxy-pass#word@127.0.0.1:1', "'ann:***'"],
])(
  'what git says of a proxy for %s, %s, shows no password',
  { timeout: 2 * SOON_MS },
  async (scheme, proxy, words) => {
    const directory = await temporaryDirectory();
    const port = await startTalkativeProxy();
    const root = join(directory, 'code');
    const program = startProgram({
      GIT_SYNC_REPO: `${scheme}://git.example/team/scripts`,
      GIT_SYNC_ROOT: root,
      GIT_SYNC_ONCE: 'true',
      [`${scheme.toUpperCase()}_PROXY`]: proxy.replace('PORT', `${port}`),
      // Of no account here.
      NO_PROXY: 'localhost,another.example,.it.example',
    });
    expect(await program.ended).not.toBe(0);
    const status = await readFile(join(root, 'status.json'), 'utf8');
    for (const text of [program.output(), status]) {
      expect(text).toContain(words);
      expect(text).not.toContain('proxy-pass');
      expect(text).not.toContain(Buffer.from('ann:proxy-pass').toString('base64').slice(0, 12));
    }
    const isCut = /proxy-pass[/?#]/.test(proxy);
    expect(status.includes('write %2F, %3F or %23')).toBe(isCut);
    expect(status.includes('GITCRON_E_PROXY_PASSWORD')).toBe(isCut || proxy.endsWith('PORT'));
  },
);

test('what is kept of a talkative git begins with a whole line', async () => {
  // 64 KiB from the end are in the middle of a line.
  const line = `remote: ${'x'.repeat(80)} secret-at-the-end`;
  const script = `i=0; while [ $i -lt 2000 ]; do echo '${line}' >&2; i=$((i+1)); done; exit 1`;
  const failure = await runGit(['-c', script], {
    program: 'sh',
    environment: { PATH: process.env['PATH'] ?? '' },
    remote: false,
    silenceMs: 60_000,
  }).catch((error: unknown) => error);
  if (!(failure instanceof GitFailure)) throw new Error('it did not fail');
  expect(failure.stderr.length).toBeGreaterThan(60_000);
  expect([...new Set(failure.stderr.trimEnd().split('\n'))]).toEqual([line]);
});

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../base/test/until.ts';
import { freePort } from '../../src/local/free-port.ts';
import { GitcronProcess } from '../gitcron-process.ts';
import { copyProject } from '../project-copy.ts';

const PAGE = '<!doctype html><title>the panel</title>';
const SCRIPT = `export const panel = '${'x'.repeat(2000)}';`;
const SECRET = 'only for who may log in';

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** A supervisor that runs from a copy of this project. */
class CopiedHouse {
  readonly directory: string;
  readonly project: string;
  readonly dist: string;
  #gitcron: GitcronProcess | null = null;
  #port = 0;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'gitcron-panel-'));
    this.project = join(this.directory, 'project');
    this.dist = join(this.project, 'app/panel/dist');
    copyProject(this.project, ['base', 'git-sync', ...OF_APP.map((name) => `app/${name}`)]);
    mkdirSync(join(this.directory, 'source/app'), { recursive: true });
    writeFileSync(
      join(this.directory, 'source/app/crontab.txt'),
      `* * * * * * * echo ran >> ${this.directory}/ran\n`,
    );
  }

  async start(): Promise<GitcronProcess> {
    this.#port = await freePort();
    const gitcron = new GitcronProcess(['supervise'], {
      cwd: this.directory,
      launcher: join(this.project, 'app/bin/gitcron.js'),
      env: {
        SOURCE_DIR: join(this.directory, 'source'),
        STATE_DIR: join(this.directory, 'state'),
        HTTP_PORT: String(this.#port),
        SHUTDOWN_GRACE: '0',
        TZ: 'UTC',
      },
    });
    this.#gitcron = gitcron;
    await gitcron.sees(/is current/);
    return gitcron;
  }

  get port(): number {
    return this.#port;
  }

  /** The path as it is written, which `fetch` would tidy up. */
  async ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    const sent = request({ host: '127.0.0.1', port: this.#port, path, method, headers });
    const answer = await new Promise<Answer>((resolve, reject) => {
      sent.once('error', reject).once('response', (response) => {
        buffer(response).then((body) => {
          resolve({ status: response.statusCode, headers: response.headers, body });
        }, reject);
      });
      sent.end();
    });
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gitcron?.[Symbol.asyncDispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const OF_APP = ['bin', 'src', 'migrations', 'package.json'];
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('a panel that was built', () => {
  let house: CopiedHouse;
  let gitcron: GitcronProcess;
  beforeAll(async () => {
    house = new CopiedHouse();
    const { directory, dist } = house;
    mkdirSync(join(dist, 'assets/.hidden'), { recursive: true });
    mkdirSync(join(directory, 'outside'));
    for (const [path, content] of [
      ['index.html', PAGE],
      ['icon.svg', '<svg/>'],
      ['.built.json', SECRET],
      ['assets/app-1a2b3c4d.js', SCRIPT],
      ['assets/app-1a2b3c4d.js.br', brotliCompressSync(SCRIPT)],
      ['assets/app-1a2b3c4d.js.gz', gzipSync(SCRIPT)],
      ['assets/page-5e6f7a8b.css', 'body{}'],
      // More than a connection takes before anybody reads.
      ['assets/large-9c0d1e2f.js', ' '.repeat(20_000_000)],
      ['assets/.secret', SECRET],
      ['assets/.hidden/file.js', SECRET],
      ['../secret.js', SECRET],
      ['../../../../outside/secret.js', SECRET],
    ] as const) {
      writeFileSync(join(dist, path), content);
    }
    symlinkSync(join(directory, 'outside/secret.js'), join(dist, 'assets/link.js'));
    symlinkSync(join(directory, 'outside'), join(dist, 'assets/folder'));
    gitcron = await house.start();
  });
  afterAll(() => house[Symbol.asyncDispose]());

  it('is at / for everybody, and asked for anew each time', async () => {
    const answer = await house.ask('/', BROWSER);
    expect([answer.status, String(answer.body)]).toEqual([200, PAGE]);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(answer.headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;font-src 'self';connect-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
    );
    const known = { ...BROWSER, 'if-none-match': `"other", ${String(answer.headers['etag'])}` };
    const again = await house.ask('/', known);
    expect([again.status, again.body.length]).toEqual([304, 0]);
    const head = await house.ask('/', BROWSER, 'HEAD');
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect(head.headers['content-length']).toBe(String(PAGE.length));
  });

  it('gives assets for ever, in the form that is taken', async () => {
    const path = '/assets/app-1a2b3c4d.js';
    for (const [accepted, encoding, read] of [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip, deflate', 'gzip', gunzipSync],
      ['br;q=0, gzip', 'gzip', gunzipSync],
      ['identity', undefined, (body: Buffer) => body],
    ] as const) {
      const answer = await house.ask(path, { 'accept-encoding': accepted });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-encoding']).toBe(encoding);
      expect(String(read(answer.body))).toBe(SCRIPT);
      expect(answer.headers).toMatchObject({
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'accept-encoding',
      });
    }
    const plain = await house.ask('/assets/page-5e6f7a8b.css', { 'accept-encoding': 'br' });
    expect([String(plain.body), plain.headers['content-encoding']]).toEqual(['body{}', undefined]);
    const icon = await house.ask('/icon.svg');
    expect(icon.headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'cache-control': 'no-cache',
    });
  });

  it.each([
    '/jobs/nightly',
    '/jobs/system.cleanup/',
    '/runs?status=failed',
    '/x/y/z',
    '/Übersicht',
  ])(
    'a browser that goes to %s gets the page, and a program learns that there is nothing',
    async (path) => {
      const answer = await house.ask(encodeURI(path), BROWSER);
      expect([answer.status, String(answer.body)]).toEqual([200, PAGE]);
      expect(answer.headers['vary']).toContain('accept');
      const head = await house.ask(encodeURI(path), BROWSER, 'HEAD');
      expect([head.status, head.body.length]).toEqual([200, 0]);
      const program = await house.ask(encodeURI(path), { accept: '*/*' });
      expect(program.status).toBe(404);
      expect(JSON.parse(String(program.body))).toMatchObject({ code: 'GITCRON_E_NO_SUCH_PATH' });
      expect((await house.ask(encodeURI(path), BROWSER, 'POST')).status).toBe(404);
    },
  );

  it.each([
    ...['/api', '/api/', '/api/v1/nothing', '/API/v1/nothing', '/%61pi/nothing', '/api%2Fnothing'],
    ...['/scripts', '/scripts/a/b', '/login/x', '/healthz/x', '/readyz/', '/metrics/x'],
    ...['/page.css/x', '/icon.svg/x', '/.env', '/.git/config', '/jobs/.hidden', '/.built.json'],
    ...['/assets', '/assets/', '/assets/gone-1a2b3c4d.js', '/assets/app-1a2b3c4d.js.br'],
    ...[
      '/assets/.secret',
      '/assets/.hidden/file.js',
      '/assets/link.js',
      '/assets/folder/secret.js',
    ],
    ...['/../secret.js', '/assets/../../secret.js', '/assets/..%2f..%2fsecret.js'],
    ...['/%2e%2e/secret.js', '/assets/%2e%2e/%2e%2e/secret.js', '/x/..%5csecret.js'],
    ...['/assets%2f..%2f..%2fsecret.js', '//secret.js', '/x//y', '/x/%00', '/./assets/.secret'],
  ])('%s is no page of the panel, nor a file of it', async (path) => {
    const answer = await house.ask(path, BROWSER);
    expect(answer.status).toBe(404);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
    expect(String(answer.body)).not.toMatch(new RegExp(`${SECRET}|the panel`));
  });

  it('holds with methods, names and broken paths as everything else here', async () => {
    for (const path of ['/', '/assets/app-1a2b3c4d.js']) {
      const answer = await house.ask(path, BROWSER, 'POST');
      expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
      expect((await house.ask(path, { ...BROWSER, host: 'evil.example' })).status).toBe(421);
    }
    expect((await house.ask('/jobs/x', { ...BROWSER, host: 'evil.example' })).status).toBe(421);
    expect((await house.ask('/jobs/%zz', BROWSER)).status).toBe(400);
    expect((await house.ask('/', { ...BROWSER, authorization: 'Bearer wrong' })).status).toBe(200);
  });

  it.runIf(process.platform === 'linux')(
    'strangers who ask for assets and read nothing take a descriptor each, and no more',
    async () => {
      const fds = `/proc/${gitcron.child.pid}/fd`;
      const before = readdirSync(fds).length;
      const greed = 'GET /assets/large-9c0d1e2f.js HTTP/1.1\r\nHost: localhost\r\n\r\n';
      const sockets = Array.from({ length: 20 }, () => stranger(house.port, greed));
      try {
        let most = 0;
        for (let asked = 0; asked < 50; asked += 1) {
          expect((await house.ask('/healthz')).status).toBe(200);
          most = Math.max(most, readdirSync(fds).length);
        }
        expect(most).toBeGreaterThan(before + 10);
        // A job that starts meanwhile has some, too.
        expect(most).toBeLessThan(before + 20 + 30);
      } finally {
        for (const socket of sockets) socket.destroy();
      }
    },
  );
});

describe('a panel that cannot be shown', () => {
  it('was not built: the page says what to do, and everything else works', async () => {
    await using house = new CopiedHouse();
    const gitcron = await house.start();
    await gitcron.sees(/The panel was not built/);
    for (const path of ['/', '/jobs/nightly']) {
      const answer = await house.ask(path, BROWSER);
      expect(answer.status).toBe(503);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(String(answer.body)).toContain('node scripts/build-panel.js');
    }
    expect((await house.ask('/assets/app.js', BROWSER)).status).toBe(404);
    expect((await house.ask('/healthz')).status).toBe(200);
    await until(() => readFileSync(join(house.directory, 'ran'), 'utf8').includes('ran'), 'a run');
  });

  it('cannot be read: that is told, and everything else works', async () => {
    await using house = new CopiedHouse();
    mkdirSync(join(house.dist, 'index.html'), { recursive: true });
    const gitcron = await house.start();
    await gitcron.sees(/GITCRON_E_PANEL/);
    expect((await house.ask('/', BROWSER)).status).toBe(503);
    expect((await house.ask('/healthz')).status).toBe(200);
  });
});

/** Asks for much and reads nothing of it. */
function stranger(port: number, words: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write(words);
  return socket;
}

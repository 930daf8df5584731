import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { writeTree } from './code-volume.ts';
import { portOf } from './port-of.ts';
import { temporaryDirectory } from '../../../../base/test/temporary-directory.ts';

export interface PackageSource {
  /** Absent, 1.0.0. */
  readonly version?: string;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** What the registry makes of a request. In the last two moods only tarballs are wrong. */
export type Mood =
  | 'well'
  | 'unavailable'
  | 'overrun'
  | 'behind a broken gateway'
  | 'silent'
  | 'hanging up'
  | 'a page for people'
  | 'not published yet'
  | 'portal'
  | 'cut short';

/** A real npm registry on loopback, with the packages that a test puts into it. */
export interface NpmRegistry {
  readonly url: string;
  /** Where it listens on 127.0.0.1. */
  readonly port: number;
  /** Every path that was asked for. */
  readonly requests: readonly string[];
  mood: Mood;
  publish(name: string, source?: PackageSource): Promise<void>;
  /** A package-lock.json for these packages, all of version 1.0.0. */
  lockfile(...names: string[]): string;
  close(): Promise<void>;
}

interface Published {
  readonly tarball: Buffer;
  readonly integrity: string;
  readonly shasum: string;
  readonly manifest: Record<string, unknown>;
}

/** @param address under which clients know it, where something stands before it */
export async function startNpmRegistry(address?: string): Promise<NpmRegistry> {
  const directory = await temporaryDirectory();
  /** By name, each version by its number; the last one is the latest. */
  const packages = new Map<string, Map<string, Published>>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    requests.push(path);
    if (registry.mood === 'silent') return;
    if (registry.mood === 'hanging up') return void request.socket.resetAndDestroy();
    if (registry.mood === 'unavailable') return answer(response, 503, '{}');
    if (registry.mood === 'overrun') return answer(response, 429, '{}');
    if (registry.mood === 'behind a broken gateway') return answer(response, 502, PAGE);
    if (registry.mood === 'a page for people') return answer(response, 200, PAGE);
    const [, name = '', isTarball, version = ''] =
      /^\/(.+?)(\/-\/.*-(\d+\.\d+\.\d+)\.tgz)?$/.exec(path.replace(/[?#].*$/, '')) ?? [];
    const versions = packages.get(name);
    const found = isTarball ? versions?.get(version) : [...(versions?.values() ?? [])].at(-1);
    if (registry.mood === 'not published yet') answer(response, 404, '{"error":"not found"}');
    else if (isTarball && registry.mood === 'portal') answer(response, 200, PAGE);
    else if (isTarball && found && registry.mood === 'cut short')
      answer(response, 200, found.tarball.subarray(0, found.tarball.length / 2));
    else if (found === undefined) answer(response, 404, '{"error":"not found"}');
    else if (isTarball) answer(response, 200, found.tarball);
    else answer(response, 200, JSON.stringify(packument(name)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  const url = address ?? `http://127.0.0.1:${port}`;
  const packument = (name: string) => {
    const versions = [...(packages.get(name) ?? [])];
    return {
      name,
      'dist-tags': { latest: versions.at(-1)?.[0] },
      versions: Object.fromEntries(
        versions.map(([version, { manifest, integrity, shasum }]) => {
          const dist = { tarball: tarballUrl(name, version), integrity, shasum };
          return [version, { ...manifest, dist }];
        }),
      ),
    };
  };
  const tarballUrl = (name: string, version: string) =>
    `${url}/${name}/-/${name.replace(/^.*\//, '')}-${version}.tgz`;

  const registry: NpmRegistry = {
    url,
    port,
    requests,
    mood: 'well',
    async publish(name, { version = '1.0.0', manifest = {}, files = {} } = {}) {
      const whole = { name, ...manifest, version };
      const root = join(directory, `${name}@${version}`);
      await writeTree(join(root, 'package'), {
        'index.js': `module.exports = ${JSON.stringify(name)};\n`,
        ...files,
        'package.json': JSON.stringify(whole),
      });
      const file = join(root, 'package.tgz');
      await execa('tar', ['-czf', file, '-C', root, 'package']);
      const tarball = await readFile(file);
      const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
      const shasum = createHash('sha1').update(tarball).digest('hex');
      const versions = packages.get(name) ?? new Map<string, Published>();
      packages.set(name, versions.set(version, { tarball, integrity, shasum, manifest: whole }));
    },
    lockfile(...names) {
      const entries = names.map((name) => {
        const { integrity = '', manifest = {} } = packages.get(name)?.get('1.0.0') ?? {};
        const hasInstallScript = 'scripts' in manifest;
        const bin = manifest['bin'];
        const entry = {
          version: '1.0.0',
          resolved: tarballUrl(name, '1.0.0'),
          integrity,
          ...(hasInstallScript && { hasInstallScript }),
          ...(bin !== undefined && { bin }),
        };
        return [`node_modules/${name}`, entry] as const;
      });
      const dependencies = Object.fromEntries(names.map((name) => [name, '1.0.0']));
      return JSON.stringify({
        name: 'scripts',
        lockfileVersion: 3,
        requires: true,
        packages: { '': { name: 'scripts', dependencies }, ...Object.fromEntries(entries) },
      });
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  onTestFinished(async () => {
    if (server.listening) await registry.close();
  });
  return registry;
}

const PAGE = '<!doctype html><html>log in</html>';

function answer(response: ServerResponse, status: number, body: string | Buffer): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body);
}

/** A package.json that asks for these packages. */
export function manifestFor(...names: string[]): string {
  const dependencies = Object.fromEntries(names.map((name) => [name, '1.0.0']));
  return JSON.stringify({ name: 'scripts', dependencies });
}

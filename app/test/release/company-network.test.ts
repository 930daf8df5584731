import { spawnSync } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, vi } from 'vitest';
import { CodeVolume, type Files } from './support/code-volume.ts';
import { HOST, PASSWORD, startCompanyNetwork } from './support/company-network.ts';
import { follow } from './support/following.ts';
import { manifestFor, startNpmRegistry } from './support/npm-registry.ts';
import { startPythonIndex } from './support/python-index.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const ADDRESS = `https://${HOST}`;

/** What this machine itself says of proxies and authorities, and where its packages are. */
const NOTHING = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /proxy|_CA_|CERT|CA_BUNDLE|CAINFO|CAFILE|^PIP_|^UV_|^YARN_/i.test(name))
    .map((name) => [name, '']),
);

async function stage(port: number) {
  const network = await startCompanyNetwork(port);
  const root = await temporaryDirectory();
  const code = new CodeVolume(join(root, 'code'));
  const start = (environment: Readonly<Record<string, string>>) =>
    follow({
      source: code.directory,
      state: join(root, 'state'),
      environment: {
        ...NOTHING,
        NPM_CONFIG_REGISTRY: ADDRESS,
        YARN_REGISTRY: ADDRESS,
        PIP_INDEX_URL: ADDRESS,
        PIP_RETRIES: '0',
        PIP_CONFIG_FILE: '/dev/null',
        npm_config_store_dir: join(root, 'pnpm-store'),
        YARN_CACHE_FOLDER: join(root, 'yarn'),
        PIP_CACHE_DIR: join(root, 'pip'),
        HTTPS_PROXY: network.proxyUrl,
        HTTP_PROXY: network.proxyUrl,
        ...environment,
      },
    });
  return { network, root, code, start };
}

async function node(lockfile: 'package-lock.json' | 'pnpm-lock.yaml' | 'yarn.lock' | null) {
  const registry = await startNpmRegistry(ADDRESS);
  await registry.publish('good');
  const { integrity, resolved } = JSON.parse(registry.lockfile('good')).packages[
    'node_modules/good'
  ];
  const texts = {
    'package-lock.json': registry.lockfile('good'),
    'pnpm-lock.yaml': `lockfileVersion: '9.0'
settings: { autoInstallPeers: true, excludeLinksFromLockfile: false }
importers:
  .:
    dependencies:
      good: { specifier: 1.0.0, version: 1.0.0 }
packages:
  good@1.0.0:
    resolution: { integrity: ${integrity} }
snapshots:
  good@1.0.0: {}
`,
    'yarn.lock': `# yarn lockfile v1\n\n\ngood@1.0.0:\n  version "1.0.0"\n  resolved "${resolved}"\n  integrity ${integrity}\n`,
  };
  const files: Files = {
    'package.json': manifestFor('good'),
    ...(lockfile !== null && { [lockfile]: texts[lockfile] }),
  };
  return { ...(await stage(registry.port)), files };
}

/** Files that hold it, as it is or as it stands in a URL. */
async function whoKeeps(directory: string, secret: string): Promise<string> {
  const forms = ['-e', secret, '-e', encodeURIComponent(secret)];
  const { stdout } = await execa('grep', ['-rlF', ...forms, directory], { reject: false });
  return stdout;
}

it.each([null, 'package-lock.json', 'pnpm-lock.yaml', 'yarn.lock'] as const)(
  'through a proxy with a password, to an authority of its own: package.json and %s',
  async (lockfile) => {
    const { network, root, code, files, start } = await node(lockfile);
    const revision = await code.push(files);
    const { untilCurrent, log } = await start({ NODE_EXTRA_CA_CERTS: network.authority });
    await untilCurrent(revision);
    expect(new Set(network.tunnels)).toEqual(new Set([`${HOST}:443`]));
    expect(log.join('')).not.toContain(PASSWORD);
    expect(await whoKeeps(root, PASSWORD)).toBe('');
  },
);

it.each([
  ['package-lock.json', 'NODE_EXTRA_CA_CERTS names'],
  ['pnpm-lock.yaml', 'NODE_EXTRA_CA_CERTS names'],
  // It has no codes, and says it in words only.
  ['yarn.lock', '| Error: unable to verify the first certificate'],
] as const)('says what is missing, and goes on by itself: %s', async (lockfile, words) => {
  const { network, code, files, start } = await node(lockfile);
  const unknown = await start({});
  const revision = await code.push(files);
  expect(await unknown.untilRejected(revision)).toMatchObject({ willRetry: true });
  expect(network.tunnels).not.toEqual([]);
  expect(unknown.log.join('')).toContain(words);
  await unknown.stop();
  const NODE_EXTRA_CA_CERTS = network.authority;
  const refused = await start({
    NODE_EXTRA_CA_CERTS,
    HTTPS_PROXY: withoutUser(network.proxyUrl),
  });
  await refused.untilRejected(revision);
  expect(refused.log.join('')).toContain('The proxy wants a user name and password');
  expect(network.refusals).toBeGreaterThan(0);
  await refused.stop();
  const { untilCurrent } = await start({ NODE_EXTRA_CA_CERTS });
  await untilCurrent(revision);
});

function withoutUser(proxyUrl: string): string {
  return proxyUrl.replace(/\/\/.*@/, '//');
}

const hasVenv = spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0;

it.runIf(hasVenv)('pip goes the same way, with PIP_CERT, and says what is missing', async () => {
  const index = await startPythonIndex();
  const { network, root, code, start } = await stage(index.port);
  const revision = await code.push({ 'requirements.txt': 'greeting==1.0\n' });
  const unknown = await start({});
  expect(await unknown.untilRejected(revision)).toMatchObject({ willRetry: true });
  expect(unknown.log.join('')).toMatch(
    /\| Could not fetch URL https:\/\/packages.company.test\/greeting\/: /,
  );
  expect(unknown.log.join('')).toContain('PIP_CERT for pip');
  await unknown.stop();
  const PIP_CERT = network.authority;
  const refused = await start({ PIP_CERT, HTTPS_PROXY: withoutUser(network.proxyUrl) });
  await refused.untilRejected(revision);
  expect(refused.log.join('')).toContain('The proxy wants a user name and password');
  await refused.stop();
  const { untilCurrent, volume, log } = await start({ PIP_CERT });
  await untilCurrent(revision);
  expect(new Set(network.tunnels)).toEqual(new Set([`${HOST}:443`]));
  expect(log.join('')).not.toContain(PASSWORD);
  expect(await whoKeeps(root, PASSWORD)).toBe('');
  await expect(access(join(volume.current, '.venv/pip.log'))).rejects.toThrow('ENOENT');
});

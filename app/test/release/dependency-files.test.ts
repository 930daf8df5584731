import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parseNodeManifest } from '../../src/release/dependencies/node-manifest.ts';
import { dependencyFiles, detectDependencies } from '../../src/release/dependencies/detect.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';

const PNPM_LOCK = "lockfileVersion: '9.0'\n";

async function repository(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await temporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

test.each(['package.json', 'jobs/package.json', 'jobs/python.txt'])(
  'what an install of %s depends on is what check --against compares',
  async (packageFile) => {
    const files = dependencyFiles(packageFile);
    const texts = files.map((path) => [path, path.endsWith('pnpm-lock.yaml') ? PNPM_LOCK : '{}']);
    const root = await repository(Object.fromEntries(texts));
    const { requests } = await detectDependencies(root, packageFile);
    const read = requests.flatMap((request) => request.files.map(({ path }) => path));
    expect(read).not.toEqual([]);
    expect(files).toEqual(expect.arrayContaining(read));
  },
);

async function needsCode(files: Readonly<Record<string, string>>): Promise<boolean> {
  const { requests } = await detectDependencies(await repository(files), 'package.json');
  const [request] = requests;
  return request?.needsCode ?? false;
}

describe('an install needs the code', () => {
  it.each([
    ...['preinstall', 'prepublish', 'postprepare', 'dependencies', 'postdependencies'],
    'pnpm:devPreinstall',
  ])('that runs the script %s', async (script) => {
    const manifest = JSON.stringify({ scripts: { [script]: 'node made-by-us.js' } });
    expect(await needsCode({ 'package.json': manifest })).toBe(true);
  });

  it.each(['file:lib', './lib', '../lib', '~/lib', 'vendor/lib-1.0.0.tgz', '/opt/lib.tar.gz'])(
    'that takes a package from %s',
    async (specification) => {
      const manifest = JSON.stringify({ dependencies: { lib: specification } });
      expect(await needsCode({ 'package.json': manifest })).toBe(true);
    },
  );

  it.each([
    ...[
      '-r base.txt',
      './lib',
      'vendor/lib',
      'lib @ file:lib',
      'lib-1.0.tar.gz',
      '-e .',
      '-rbase.txt',
    ],
    ...['.', '.[dev]', '. ; python_version > "3"', '. # ours', './lib[dev]', '../lib', '/opt/lib'],
    ...[
      'lib-1.0.whl[extra] ; python_version > "3"',
      'lib[dev] @ file:./lib',
      '${HERE}/lib',
      '-c c.txt',
    ],
    ...['--find-links wheels', 'lib-1.0.zip --hash=sha256:aa', 'file:lib', '-e git+https://h/r'],
    'idna==3.10 \\\n --hash=sha256:aa\n.',
  ])('of requirements.txt with %s', async (line) => {
    expect(await needsCode({ 'requirements.txt': `# ours\nidna==3.10\n${line}\n` })).toBe(true);
  });
});

describe('an install is shared by revisions', () => {
  it.each([
    '1.0.0',
    '~1.2.3',
    '^1',
    '*',
    'latest',
    'npm:other@1',
    'user/repository',
    'git+https://h/r.git',
  ])('that takes a package by %s', async (specification) => {
    const manifest = JSON.stringify({
      scripts: { test: 'x' },
      dependencies: { lib: specification },
    });
    expect(await needsCode({ 'package.json': manifest })).toBe(false);
  });

  it.each([
    'idna==3.10',
    'idna~=3.1 ; python_version > "3"',
    'lib @ https://h/lib',
    'git+https://h/r',
    ...['idna', 'idna[all]>=3', 'idna==3.10 --hash=sha256:aa', 'idna>=3 # ours', 'idna (>=3)'],
    ...[
      'idna==3.10 \\\n    --hash=sha256:aa',
      '-i https://h',
      '--extra-index-url=https://h',
      '--pre',
    ],
    'lib[dev] @ git+https://h/r@v1',
  ])('of requirements.txt with %s', async (line) => {
    expect(await needsCode({ 'requirements.txt': `--index-url https://h/simple\n${line}\n` })).toBe(
      false,
    );
  });
});

it('says of a manifest of another shape where, and no JSON of ours', () => {
  const bytes = Buffer.from('{"dependencies":{"left":3},"devDependencies":["right"]}');
  const cause = new Error(
    'dependencies.left: Invalid input: expected string, received number; devDependencies: Invalid input: expected record, received array',
  );
  expect(() => parseNodeManifest({ path: 'package.json', bytes })).toThrow(
    expect.objectContaining({ code: 'GITCRON_E_MANIFEST', cause }),
  );
});

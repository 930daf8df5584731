import type { IncomingMessage } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { BackendAnswer } from './git-http-backend.ts';

const batch = z.object({
  objects: z.array(z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.number() })),
});

/**
 * Answers as an LFS server (git-lfs/docs/api/batch.md) with what was committed in a repository below
 * `root`; for it alone git-lfs puts `.git` behind the repository's name.
 */
export async function askLfs(
  root: string,
  request: IncomingMessage,
  body: Buffer,
  scheme: 'http' | 'https' = 'http',
): Promise<BackendAnswer> {
  const [, repository = '', name = ''] =
    /^\/(.+)\.git\/info\/lfs\/objects\/(.+)$/.exec(request.url ?? '') ?? [];
  const here = `${scheme}://${request.headers.host}/${repository}.git/info/lfs/objects`;
  if (name !== 'batch') {
    const file = join(
      root,
      repository,
      '.git/lfs/objects',
      name.slice(0, 2),
      name.slice(2, 4),
      name,
    );
    return { status: 200, headers: {}, content: await readFile(file) };
  }
  const { authorization } = request.headers;
  const header = authorization === undefined ? {} : { Authorization: authorization };
  const objects = batch.parse(JSON.parse(body.toString('utf8'))).objects.map(({ oid, size }) => ({
    oid,
    size,
    actions: { download: { href: `${here}/${oid}`, header } },
  }));
  return {
    status: 200,
    headers: { 'content-type': 'application/vnd.git-lfs+json' },
    content: Buffer.from(JSON.stringify({ transfer: 'basic', objects })),
  };
}

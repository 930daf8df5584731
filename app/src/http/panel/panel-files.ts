import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { absent } from '@gitcron/base/absence';

/** As `scripts/build-panel.js` writes them; the first that a browser takes is sent. */
const ENCODINGS = { br: '.br', gzip: '.gz' } as const;

export type Encoding = keyof typeof ENCODINGS;

export interface PanelFile {
  /** Where it is asked for: `/assets/index-DhA4d3Ul.css` */
  readonly path: string;
  readonly type: string;
  /** Its name changes with what is in it. */
  readonly isImmutable: boolean;
  readonly etag: string;
  readonly body: Buffer;
  readonly compressed: Partial<Record<Encoding, Buffer>>;
}

export interface Panel {
  /** What every page begins with. */
  readonly page: PanelFile;
  readonly files: readonly PanelFile[];
}

/** Below it everything carries a hash of its content in its name. */
export const ASSETS = '/assets/';

const PAGE = '/index.html';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

/**
 * Reads the whole panel, once. It is a few files of less than a megabyte together, and from memory
 * no answer takes a descriptor: strangers may ask for these files as often and read them as slowly as
 * they like. What is asked for is looked up among them, so no path leads anywhere else; and when
 * another panel is built meanwhile, page and files stay those of one.
 *
 * @returns null when none was built.
 */
export async function readPanel(directory: string): Promise<Panel | null> {
  const before = await readFile(join(directory, PAGE)).catch(absent);
  if (before === null) return null;
  const bodies = await readAll(directory);
  // Its files are removed only after another page has taken its place: then it is read again.
  const after = await readFile(join(directory, PAGE)).catch(absent);
  if (after === null || !before.equals(after)) return readPanel(directory);
  const files = [...bodies].flatMap(([path, body]) => {
    const isOther = Object.values(ENCODINGS).some((ending) => path.endsWith(ending));
    return isOther ? [] : [fileOf(path, body, bodies)];
  });
  const page = files.find(({ path }) => path === PAGE);
  return page === undefined ? null : { page, files: files.filter((file) => file !== page) };
}

/** Plain files alone: a link could lead out, and what begins with a dot is for nobody. */
async function readAll(directory: string): Promise<ReadonlyMap<string, Buffer>> {
  const bodies = new Map<string, Buffer>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(directory, file).replaceAll(sep, '/')}`;
    if (!entry.isFile() || path.includes('/.')) continue;
    const body = await readFile(file).catch(absent);
    if (body !== null) bodies.set(path, body);
  }
  return bodies;
}

function fileOf(path: string, body: Buffer, bodies: ReadonlyMap<string, Buffer>): PanelFile {
  const compressed: Partial<Record<Encoding, Buffer>> = {};
  for (const encoding of ['br', 'gzip'] as const) {
    const other = bodies.get(path + ENCODINGS[encoding]);
    if (other !== undefined) compressed[encoding] = other;
  }
  return {
    path,
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    isImmutable: path.startsWith(ASSETS),
    // Weak: it is the same for each encoding.
    etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    body,
    compressed,
  };
}

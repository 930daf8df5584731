import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { readRegularFile } from '@gitcron/base/regular-file';

/** Files of site-packages that hold paths: path configuration (site(3)) and editable installs (PEP 660). */
const HOLDS_PATHS = /(\.pth|\.egg-link|^__editable__.*\.py)$/;

/**
 * Mends a virtual environment in `<from>/.venv` that will be moved to `<to>/.venv`. Its commands
 * name its interpreter by its absolute path (PEP 405), and an editable install names the code.
 */
export async function relocateVenv(from: string, to: string): Promise<void> {
  const replacement = { from, to };
  await replaceInFiles(join(from, '.venv', 'bin'), /./, replacement);
  const lib = join(from, '.venv', 'lib');
  for (const python of await readdir(lib)) {
    await replaceInFiles(join(lib, python, 'site-packages'), HOLDS_PATHS, replacement);
  }
}

interface Replacement {
  readonly from: string;
  readonly to: string;
}

async function replaceInFiles(
  directory: string,
  names: RegExp,
  { from, to }: Replacement,
): Promise<void> {
  // A link that was installed must not lead the supervisor to write somewhere else.
  const isInside = (await realpath(directory)).startsWith(`${await realpath(from)}/`);
  if (!isInside) return;
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile() || !names.test(entry.name)) continue;
    const file = join(directory, entry.name);
    const bytes = await readRegularFile(file, Infinity);
    // A path of another length would break a compiled program.
    const isText = !bytes.includes(0);
    if (!isText || !bytes.includes(from)) continue;
    const { mode } = await stat(file);
    const text = bytes.toString('latin1').replaceAll(latin1(from), latin1(to));
    await writeFileAtomic(file, Buffer.from(text, 'latin1'), { mode });
  }
}

/** Every byte as one character, so that files of any encoding survive. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Never of a copy: what was made beside the sources. */
const MADE = /^(node_modules|dist|\.unfinished-.*)$/;

/** Copies some of this project, with the packages that are installed here. */
export function copyProject(to: string, paths: readonly string[]): void {
  mkdirSync(to, { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'));
  for (const path of paths) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    cpSync(join(ROOT, path), join(to, path), {
      recursive: true,
      filter: (file) => !MADE.test(basename(file)),
    });
  }
}

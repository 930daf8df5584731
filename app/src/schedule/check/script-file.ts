import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';

/** What a file is to the kernel that has to start it. */
export type ProgramState =
  /** `#!/bin/sh` and a carriage return: the kernel looks for a program of that name. */
  | { readonly kind: 'fine' | 'missing' | 'directory' | 'not_executable' | 'windows_lines' }
  | { readonly kind: 'byte_order_mark' }
  | { readonly kind: 'no_interpreter'; readonly interpreter: string };

export function judgeProgram(path: string, mapPath: (path: string) => string): ProgramState {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return { kind: 'missing' };
  if (found.isDirectory()) return { kind: 'directory' };
  if (!isExecutable(path)) return { kind: 'not_executable' };
  const beginning = beginningOf(path);
  if (beginning.startsWith('\u{FEFF}#!')) return { kind: 'byte_order_mark' };
  const shebang = /^#!([^\n]*)/.exec(beginning)?.[1];
  if (shebang === undefined) {
    // Without one the shell runs it itself.
    return { kind: /\.(?:ba)?sh$/.test(path) && hasWindowsLines(path) ? 'windows_lines' : 'fine' };
  }
  if (shebang.endsWith('\r')) return { kind: 'windows_lines' };
  const interpreter = shebang.trim().split(/[ \t]/)[0] ?? '';
  if (interpreter.startsWith('/') && !isExecutable(mapPath(interpreter))) {
    return { kind: 'no_interpreter', interpreter };
  }
  return { kind: 'fine' };
}

/** Lines that end as in Windows: a shell takes the carriage return for a part of the last word. */
export function hasWindowsLines(path: string): boolean {
  return beginningOf(path).includes('\r\n');
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const BEGINNING_BYTES = 64 * 1024;

/** Empty for what cannot be read: then there is nothing to be said of it. */
function beginningOf(path: string): string {
  try {
    // A pipe or a device might never end.
    if (!statSync(path).isFile()) return '';
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(BEGINNING_BYTES);
      return bytes.toString('utf8', 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

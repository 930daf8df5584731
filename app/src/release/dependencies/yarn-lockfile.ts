import type { FileContent } from '../content-hash.ts';

/** Since yarn 2 a lockfile says its own version, and is of a form that only yarn reads. */
export function isOfYarn2({ bytes }: FileContent): boolean {
  return /^__metadata:/m.test(textOf(bytes));
}

/** An entry of a lockfile of yarn 1: several `name@range` that one version answers. */
export interface LockedPackage {
  readonly name: string;
  readonly patterns: readonly string[];
  readonly version: string;
  /** What it asks for itself, as `name@range`, less what is optional. */
  readonly asksFor: readonly string[];
}

/**
 * Reads a lockfile of yarn 1. Each level is indented by two spaces more:
 *
 *     "@a/b@^1", "@a/b@^1.2":
 *       version "1.2.0"
 *       dependencies:
 *         c "^2.0.0"
 */
export function parseYarn1({ bytes }: FileContent): LockedPackage[] {
  return textOf(bytes)
    .split(/\r?\n(?=[^\s#])/)
    .flatMap((block) => {
      const [head = '', ...lines] = block.split(/\r?\n/).filter((line) => !line.startsWith('#'));
      if (!head.endsWith(':')) return [];
      const patterns = head.slice(0, -1).split(', ').map(unquoted);
      const name = nameOf(patterns[0] ?? '');
      const version = valueOf(lines.find((line) => line.startsWith('  version '))) ?? '';
      return [{ name, patterns, version, asksFor: dependenciesIn(lines) }];
    });
}

function dependenciesIn(lines: readonly string[]): string[] {
  const start = lines.indexOf('  dependencies:') + 1;
  if (start === 0) return [];
  const end = lines.findIndex((line, index) => index >= start && !line.startsWith('    '));
  return lines.slice(start, end === -1 ? undefined : end).map((line) => {
    const [, name = '', range = ''] = /^ {4}("[^"]*"|\S+) (.*)$/.exec(line) ?? [];
    return `${unquoted(name)}@${unquoted(range)}`;
  });
}

/** `@a/b@npm:c@1`: the first `@` that is not a scope's. */
export function nameOf(pattern: string): string {
  const at = pattern.indexOf('@', 1);
  return at === -1 ? pattern : pattern.slice(0, at);
}

function valueOf(line: string | undefined): string | undefined {
  return line === undefined ? undefined : unquoted(line.trim().replace(/^\S+ /, ''));
}

function unquoted(text: string): string {
  return text.replaceAll(/^"|"$/g, '');
}

/** Without the byte order mark that Windows' editors write. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}

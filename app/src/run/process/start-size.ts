import { delimiter } from 'node:path';
import { gateCommand } from './gate-command.ts';
import type { CommandSpec } from './held-process.ts';
import { softLimit } from './soft-limit.ts';

/** Why the system would start nothing (E2BIG). */
export interface TooLong {
  /** `one`: a single variable or the command; `all`: they fit, but not together. */
  readonly what: 'one' | 'all';
  readonly bytes: number;
  readonly limit: number;
}

/** See execve(2) for all four. */
const MOST_OF_ONE = 128 * 1024;
const LEAST_OF_ALL = 128 * 1024;
const MOST_OF_ALL = 6 * 1024 * 1024;
const POINTER_BYTES = 8;

/** What a shell tells the commands that it starts besides: `PWD`, and bash `SHLVL` and `_`. */
const SHELL_ADDS_BYTES = 64;

/**
 * Counts as the kernel counts when a command is started: the path of the program, each argument and
 * each variable with its end and the pointer to it.
 * @returns null when it can be started.
 */
export function tooLongToStart(spec: CommandSpec): TooLong | null {
  const { program, argv0, arguments: others } = gateCommand(spec);
  const variables = Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`);
  const sizes = [argv0, ...others, ...variables, `PWD=${spec.directory}`].map(sizeOf);
  const longest = sizes.reduce((most, size) => Math.max(most, size), 0);
  if (longest > MOST_OF_ONE) return { what: 'one', bytes: longest, limit: MOST_OF_ONE };
  const strings = sizes.reduce((sum, size) => sum + size, 0);
  const bytes = pathSize(program, spec) + strings + POINTER_BYTES * sizes.length + SHELL_ADDS_BYTES;
  const limit = limitOfAll();
  return bytes > limit ? { what: 'all', bytes, limit } : null;
}

/** A quarter of the stack, as long as that is neither little nor much. */
function limitOfAll(): number {
  const ofStack = Math.floor(softLimit('Max stack size') / 4);
  return Math.max(LEAST_OF_ALL, Math.min(MOST_OF_ALL, ofStack));
}

/** One without a slash is found on PATH, who knows where. */
function pathSize(program: string, { environment }: CommandSpec): number {
  if (program.includes('/')) return sizeOf(program);
  const places = (environment['PATH'] ?? '').split(delimiter).map(sizeOf);
  return Math.max(...places) + sizeOf(program);
}

function sizeOf(text: string): number {
  return Buffer.byteLength(text) + 1;
}

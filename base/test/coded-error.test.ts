import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeError } from '../src/coded-error.ts';

function caught(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

it('an error of the operating system is its message, which names call and path', () => {
  const error = caught(() => readFileSync('/nowhere/at/all'));
  expect(describeError(error)).toBe("ENOENT: no such file or directory, open '/nowhere/at/all'");
});

it('a mistake of ours comes with its stack', () => {
  const mistake = caught(() => Reflect.get(JSON.parse('null'), 'name'));
  expect(describeError(mistake)).toMatch(/^TypeError: .*\n +at /);
});

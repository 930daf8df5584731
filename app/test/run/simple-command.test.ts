import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { isSimpleCommand } from '../../src/run/process/simple-command.ts';

const SIMPLE = [
  'date +%s',
  'node app/scripts/report.ts --to "a b"',
  "./script.sh 'single quoted' $HOME >>out.log 2>&1",
  '/usr/bin/env # a comment',
  'node\tscript.ts <input',
];

const NOT_SIMPLE = [
  'a; b',
  'a && b',
  'a | b',
  'a & b',
  'a &',
  'a &>out',
  '(a)',
  '{ a; }',
  '! a',
  'cd /tmp',
  'exit 3',
  'exec a',
  'NAME=value a',
  'if a',
  'echo $(a)',
  'echo `a`',
  'a\nb',
  'a <<END',
  '"quoted name"',
  '$COMMAND',
  '',
  '# nothing',
  '[ -f a ]',
  '~/a',
];

test.each(SIMPLE)('%j is one program', (command) => {
  expect(isSimpleCommand(command)).toBe(true);
});

test.each(NOT_SIMPLE)('%j is left to the shell', (command) => {
  expect(isSimpleCommand(command)).toBe(false);
});

test.each([
  'printenv HOME',
  'ls -d /tmp "/" $HOME 2>&1',
  'ls /does/not/exist 2>/dev/null',
  'expr 1 + 2 >&2',
  'no-such-program-anywhere',
  '/etc/passwd',
  "env printf '%s-' a 'b c' \"$HOME\" # done",
])('%j does the same with and without exec', (command) => {
  expect(isSimpleCommand(command)).toBe(true);
  const [plain, replaced] = [command, `exec ${command}`].map((script) =>
    spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' }),
  );
  expect(replaced?.status).toBe(plain?.status);
  expect(replaced?.stdout).toBe(plain?.stdout);
});

function kindOf(word: string): string {
  return execFileSync('/bin/sh', ['-c', `command -V "${word}" || :`], { encoding: 'utf8' });
}

test('no word that this shell does itself is taken for a program', () => {
  const words =
    'if then else elif fi do done case esac while until for in . : break continue eval exec exit ' +
    'export readonly return set shift times trap unset alias bg cd command echo false fg getopts ' +
    'hash jobs kill local printf pwd read test true type ulimit umask unalias wait';
  const own = words.split(' ').filter((word) => /builtin|keyword|reserved/.test(kindOf(word)));
  expect(own.length).toBeGreaterThan(30);
  expect(own.filter(isSimpleCommand)).toEqual([]);
});

test('no word that bash does itself is taken for a program', () => {
  const list = execFileSync('bash', ['-c', 'compgen -b; compgen -k'], { encoding: 'utf8' });
  const own = list.trim().split('\n');
  expect(own.length).toBeGreaterThan(60);
  expect(own.filter(isSimpleCommand)).toEqual([]);
});

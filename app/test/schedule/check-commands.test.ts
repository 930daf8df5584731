import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandWarnings } from '../../src/schedule/check/command-warnings.ts';
import { parseCrontab } from '../../src/schedule/crontab/parse.ts';

let directory: string;

async function put(path: string, content: string, mode = 0o644): Promise<void> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  await chmod(file, mode);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitcron-commands-'));
  await put('app/good.sh', '#!/bin/sh\necho good\n', 0o755);
  await put('app/plain.sh', 'echo plain\n');
  await put('app/windows.sh', '#!/bin/sh\r\necho\r\n', 0o755);
  await put('app/bare-windows.sh', 'echo\r\n', 0o755);
  await put('app/windows.py', '#!/usr/bin/env python3\r\n', 0o755);
  await put('app/windows.js', 'console.log()\r\n');
  await put('app/bom.sh', '\u{FEFF}#!/bin/sh\n', 0o755);
  await put('app/gone.pl', '#!/no/such/perl\n', 0o755);
  await put('app/two words.sh', '#!/bin/sh\n', 0o755);
  await put('bin/node', '#!/bin/sh\n', 0o755);
  await put('bin/own-tool', '#!/bin/sh\n', 0o755);
});

afterAll(() => rm(directory, { recursive: true }));

function warningsOf(text: string) {
  const { jobs, problems } = parseCrontab(text, { file: 'crontab', defaultZone: 'UTC' });
  expect(problems).toEqual([]);
  const path = `${directory}/bin:/usr/bin:/bin`;
  return commandWarnings(jobs, 'crontab', { directory, path });
}

test.each([
  ['app/plain.sh', 'NOT_EXECUTABLE', 'may not be executed'],
  ['cd app && ./plain.sh', 'NOT_EXECUTABLE', './plain.sh'],
  ['flock -n /tmp/lock app/plain.sh', 'NOT_EXECUTABLE', 'app/plain.sh'],
  ['flock -w 5 /tmp/lock timeout -k 5 10m app/plain.sh', 'NOT_EXECUTABLE', 'app/plain.sh'],
  ['nice -n 10 ionice -c3 app/plain.sh x', 'NOT_EXECUTABLE', 'app/plain.sh'],
  ['env A=1 app/plain.sh', 'NOT_EXECUTABLE', 'app/plain.sh'],
  ['app', 'COMMAND_NOT_FOUND', 'runs app'],
  ['app/', 'NOT_EXECUTABLE', 'is a directory'],
  ['app/windows.sh', 'SCRIPT_TEXT', 'CRLF'],
  ['app/bare-windows.sh', 'SCRIPT_TEXT', 'CRLF'],
  ['app/windows.py --all', 'SCRIPT_TEXT', 'CRLF'],
  ['sh app/windows.sh', 'SCRIPT_TEXT', 'CRLF'],
  ['app/bom.sh', 'SCRIPT_TEXT', 'U+FEFF'],
  ['app/gone.pl', 'COMMAND_NOT_FOUND', '/no/such/perl'],
  ['cd nowhere && ./x.sh', 'DIRECTORY_MISSING', 'changes to nowhere'],
  ['cd app && cd nowhere; ls', 'DIRECTORY_MISSING', 'changes to nowhere'],
  ['cd "app" && sh gone.sh', 'SCRIPT_MISSING', 'gone.sh'],
  ['cd /app/project/current/app && ./gone.sh', 'SCRIPT_MISSING', 'gone.sh'],
  ['app/good.sh && no-such-tool', 'COMMAND_NOT_FOUND', 'no-such-tool'],
  ['app/good.sh | no-such-tool > out.sh', 'COMMAND_NOT_FOUND', 'no-such-tool'],
  ['A=1 no-such-tool', 'COMMAND_NOT_FOUND', 'no-such-tool'],
  ['if true; then no-such-tool; fi', 'COMMAND_NOT_FOUND', 'no-such-tool'],
  ['"app/three words.sh"', 'SCRIPT_MISSING', 'three words'],
])('%s', (command, code, told) => {
  expect(warningsOf(`@daily ${command}`)).toMatchObject([
    { code: `GITCRON_W_${code}`, message: expect.stringContaining(told) },
  ]);
});

test.each([
  'app/good.sh',
  'cd app && ./good.sh',
  '(cd app && ./good.sh) && app/good.sh',
  'cd app; sh plain.sh; cd .. && sh app/plain.sh',
  'cd "$HOME" && ./anything.sh',
  'cd /app/project/current && app/good.sh',
  '"app/two words.sh"',
  "app/'two words.sh'",
  'node app/windows.js',
  'own-tool',
  '[ -f app/gone.sh ] && app/gone.sh',
  'command -v no-such-tool && no-such-tool',
  'PATH=/opt/x:$PATH no-such-tool',
  '. ./app/plain.sh && no-such-tool',
  'echo "a | b; no-such-tool && c"',
  'echo hello > app/new.sh',
  'for x in a b; do no-such-tool $x; done',
  'echo $(no-such-tool)',
  'exec app/good.sh',
  "bash -lc 'cd /srv && app/gone.sh'",
  "sh -c 'x && ./gone.sh'",
  "env bash -c './x ./gone.sh'",
  'ssh host app/gone.sh',
  'pkill -f gone.py || true',
])('%s is fine', (command) => {
  expect(warningsOf(`@daily ${command}`)).toEqual([]);
});

test("the crontab's PATH is what counts", () => {
  expect(warningsOf('PATH=/bin\n@daily own-tool')).toMatchObject([
    { code: 'GITCRON_W_COMMAND_NOT_FOUND', hint: expect.stringContaining(`${directory}/bin`) },
  ]);
  expect(warningsOf(`PATH=${directory}/bin\n@daily own-tool`)).toEqual([]);
});

test("the crontab's SHELL is what counts", () => {
  expect(warningsOf('SHELL=/bin/no-such-shell\n@daily true')).toMatchObject([
    {
      code: 'GITCRON_W_SHELL_MISSING',
      message: 'true needs the SHELL /bin/no-such-shell, which is not here.',
    },
  ]);
  expect(warningsOf('SHELL=/usr/bin/env\n@daily import os; no-such-tool')).toEqual([]);
});

test('a user column is one warning, whatever the number of jobs', () => {
  const text = '17 * * * * root cd / && ls\n25 6 * * * www-data /usr/bin/env\n@daily app/good.sh';
  expect(warningsOf(text)).toMatchObject([
    { code: 'GITCRON_W_USER_COLUMN', line: 1, message: expect.stringContaining('root, www-data') },
  ]);
});

test('a program that is missing here, or has the name of a user, is no user column', () => {
  const commands = [
    'php3 /var/www/shop/cron.php',
    'rclone9 sync /srv remote:',
    'sudo9 ls',
    'mail -s report root',
    'man no-such-page',
  ];
  const codes = commands.flatMap((command) =>
    warningsOf(`@daily ${command}`).map((warning) => warning.code),
  );
  expect(codes).not.toContain('GITCRON_W_USER_COLUMN');
});

test.each(['alice /usr/local/bin/backup', 'mail /usr/bin/env', 'www-data php8 cron.php'])(
  '%s has a user column',
  (command) => {
    expect(warningsOf(`@daily ${command}`)).toMatchObject([{ code: 'GITCRON_W_USER_COLUMN' }]);
  },
);

test('-e of a shell takes no code: the script behind it is looked for', () => {
  expect(warningsOf('@daily sh -e app/gone.sh')).toMatchObject([
    { code: 'GITCRON_W_SCRIPT_MISSING' },
  ]);
});

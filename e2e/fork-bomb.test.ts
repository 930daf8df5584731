import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { GitServer } from './git-server.ts';
import { ScriptsRepository } from './scripts-repository.ts';
import { mark, Stack } from './stack.ts';

const LIMIT = 200;

/** A shell ends when it cannot fork; these go on, as long as anything of them is there. */
const BOMBS = {
  'in-one-group': `exec perl -e 'while (1) { fork // select(undef, undef, undef, 0.05) }'`,
  'that-hides': `setsid perl -MPOSIX -e 'while (1) { my $c = fork; POSIX::setsid() if defined $c && !$c; select(undef, undef, undef, 0.05) }' > /dev/null 2>&1 & exit 0`,
  // They take all the time of all processors, too.
  'that-is-busy': `setsid perl -MPOSIX -e 'while (1) { my $c = fork; POSIX::setsid() if defined $c && !$c }' > /dev/null 2>&1 & exit 0`,
};

const crontab = `
# @name beat
* * * * * *  true
# @name patient
@reboot  exec perl -e '$| = 1; while (sleep 1) { print "still here\\n" }'
${Object.entries(BOMBS)
  .map(([name, command]) => `# @name ${name}\n@manual ${command}\n`)
  .join('')}`;

let repository: ScriptsRepository;
let server: GitServer;
let stack: Stack;

beforeAll(async () => {
  repository = await ScriptsRepository.create();
  server = await GitServer.start(repository.directory, { username: 'ada', password: 'e2e-7731' });
  stack = await Stack.create({ ...server.settings('scripts.git'), APP_PIDS: String(LIMIT) });
  await repository.push('Bombs', { 'app/crontab.txt': crontab });
  const start = mark();
  await stack.up();
  await stack.line('app', /beat#\w+ succeeded/, start);
  await stack.line('app', /patient#\w+ \| still here/, start);
});

afterAll(async () => {
  await stack.down();
  await server.stop();
  await repository.remove();
});

test.each(Object.keys(BOMBS))(
  'a fork bomb %s: it is told how many were ended, status answers, and the others go on',
  async (name) => {
    onTestFailed(() => stack.explain());
    const start = mark();
    await stack.exec('app', 'gitcron', 'run', name);
    const line = await stack.line('app', /so nothing else could start: ended \d+ processes/, start);
    const [, had, limit, ended] =
      /had (\d+) of the (\d+) .* ended (\d+) processes/.exec(line) ?? [];
    expect(Number(limit)).toBe(LIMIT);
    expect(Number(had)).toBeGreaterThan(LIMIT / 2);
    expect(Number(ended)).toBeGreaterThan(LIMIT / 2);
    const after = mark();
    expect(await stack.exec('app', 'sh', '-c', 'gitcron status || true')).toMatch(
      /^Runs +\d+ running/m,
    );
    await stack.line('app', /beat#\w+ succeeded/, after);
    // Whoever is not to blame goes on.
    await stack.line('app', /patient#\w+ \| still here/, after);
  },
);

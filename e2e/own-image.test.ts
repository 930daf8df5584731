import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { eventually } from './eventually.ts';
import { root } from './stack.ts';

const IMAGE = 'gitcron-e2e/own';
const CONTAINER = `gitcron-e2e-own-${process.pid}`;
/** One run makes so many daemons that end soon after it, and lose their parent on the way. */
const DAEMONS = 20;

const crontab = `
# @name daemons
* * * * * * * for i in $(seq ${DAEMONS}); do (setsid sleep 0.3 > /dev/null 2>&1 &); done
`;

let directory: string;

async function docker(...args: string[]): Promise<string> {
  const { all } = await execa('docker', args, { cwd: directory, all: true });
  return all;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitcron-e2e-own-'));
  // Jobs are users of their own.
  await chmod(directory, 0o755);
  const page = await readFile(join(root, 'docs/coming-from-supercronic.md'), 'utf8');
  const [, dockerfile = ''] = /^```dockerfile\n([^]*?)^```/m.exec(page) ?? [];
  // Another image with glibc and without Node, which is here already.
  const recipe = dockerfile
    .replace('python:3.13-slim', 'postgres:17')
    .replaceAll('=gitcron ', '=gitcron-e2e/app ');
  await writeFile(join(directory, 'Dockerfile'), recipe);
  await writeFile(join(directory, 'crontab.txt'), crontab);
});

afterAll(async () => {
  await execa('docker', ['rm', '--force', '--volumes', CONTAINER], { reject: false });
  await execa('docker', ['rmi', IMAGE], { reject: false });
  await rm(directory, { recursive: true });
});

const logs = () => docker('logs', CONTAINER);

test('the Dockerfile of docs/coming-from-supercronic.md is built, and checks its crontab', async () => {
  await docker('build', '--tag', IMAGE, '.');
  await writeFile(join(directory, 'crontab.txt'), '61 * * * * true\n');
  await expect(docker('build', '--force-rm', '.')).rejects.toThrow(/crontab\.txt:1/);
});

/** The rights that the stack gives the supervisor, and no init before it. */
const SUPERVISOR = [
  ...['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL'],
  ...['SETUID', 'SETGID', 'KILL', 'CHOWN'].flatMap((right) => ['--cap-add', right]),
  ...['--env', 'SOURCE_DIR=/app/project/source', '--env', 'STATE_DIR=/var/lib/app-state'],
  ...['--env', 'CRON_FILE=crontab.txt'],
];

test.each([
  ['gitcron cron', () => [IMAGE]],
  [
    'the app',
    () => [...SUPERVISOR, '--volume', `${directory}:/app/project/source:ro`, 'gitcron-e2e/app'],
  ],
])(
  '%s as the first process of its container, without an init, leaves no zombie of 200 daemons',
  async (_, options) => {
    onTestFailed(async () => console.error(await logs()));
    await writeFile(join(directory, 'crontab.txt'), crontab);
    await docker('run', '--detach', '--name', CONTAINER, ...options());
    await eventually('the runs that make 200 daemons', 60_000, async () => {
      const ended = (await logs()).match(/daemons#\w+ succeeded/g)?.length ?? 0;
      return ended > 200 / DAEMONS ? ended : null;
    });
    expect(await docker('exec', CONTAINER, 'cat', '/proc/1/comm')).toBe('sh');
    expect(await zombiesAfterTheirEnd(CONTAINER)).toBe(0);
    await docker('stop', CONTAINER);
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', CONTAINER)).toBe('0');
    expect(await logs()).toMatch(/SIG(TERM|INT): stopping[^]*Stopped/);
    await docker('rm', '--volumes', CONTAINER);
  },
);

/** Looks several times: one that has just ended may wait for a moment. */
async function zombiesAfterTheirEnd(container: string): Promise<number> {
  const count = `n=0; for file in /proc/[0-9]*/stat; do read -r line < $file && case $line in *') Z '*) n=$((n+1));; esac; done 2> /dev/null; echo $n`;
  return eventually('a moment without a zombie', 20_000, async () => {
    const zombies = Number(await docker('exec', container, 'sh', '-c', count));
    return zombies === 0 ? zombies : null;
  });
}

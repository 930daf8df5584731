#!/usr/bin/env node
// Plain JavaScript, because it may be started by a Node that cannot read TypeScript: then it
// hands over to the Node that npm installed beside us.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const OLDEST = 24;
const major = Number(process.versions.node.split('.')[0]);

/** Those that live as long as a container does. */
const SERVICES = new Set(['cron', 'supervise', 'up']);
const SHELL = '/bin/sh';

// As the first process of a container we would have to take note of the end of every process that
// lost its parent, which Node cannot: so a small shell becomes the first, and starts us.
if (process.pid === 1 && SERVICES.has(process.argv[2]) && process.execve && existsSync(SHELL)) {
  const reaper = fileURLToPath(new URL('reaper.sh', import.meta.url));
  const self = fileURLToPath(import.meta.url);
  const again = [process.execPath, ...process.execArgv, self, ...process.argv.slice(2)];
  process.execve(SHELL, ['sh', reaper, ...again], process.env);
}

if (major >= OLDEST) {
  if (process.channel) {
    // The launcher below is dead: nobody could end us any more.
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    process.channel.unref();
  }
  // Else every start loads Node's TypeScript stripper, which stays: 20 MB that are mapped anew for
  // each process we start. Not in the temporary directory, where others could put their code.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/gitcron', import.meta.url)));
  const { main } = await import('../src/cli/program.ts');
  await main(process.argv);
} else {
  const self = fileURLToPath(import.meta.url);
  let node;
  try {
    node = createRequire(import.meta.url).resolve('node/bin/node');
  } catch {
    console.error(`gitcron needs Node ${OLDEST} or newer; this is ${process.versions.node}.`);
    console.error('  hint: run npm install in the project, which brings one, or upgrade Node.');
    process.exit(69);
  }
  const child = spawn(node, [self, ...process.argv.slice(2)], {
    // The channel carries nothing: its end tells the child that we are gone.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // A terminal that closes may signal only us; SIGHUP does no harm when it comes twice.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // Ctrl-C at a terminal goes to the whole group; anybody else signals only us.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

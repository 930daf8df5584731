/** Commands that ask a supervisor, as docs/command-line.md shows them: prints each with its answer. */
import { withRunningDemo } from './running-demo.ts';

const COMMANDS = [
  ['status'],
  ['run', 'measure', '--follow'],
  ['runs', '--limit', '3'],
  ['logs', 'hello'],
  ['show', 'measure'],
];

await withRunningDemo(async (demo) => {
  await demo.sees(/hello#\w+ succeeded/);
  process.stdout.write(COMMANDS.map((args) => demo.command(...args)).join('\n'));
  await demo.stop();
});

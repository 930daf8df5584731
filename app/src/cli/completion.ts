import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { z } from 'zod';
import { connectToSupervisor } from './client/api-client.ts';

/** Their first argument is a job. */
const OF_A_JOB = new Set(['run', 'runs', 'logs', 'enable', 'disable']);

/** Whoever pressed TAB waits for no network. */
const PATIENCE_MS = 500;

/**
 * Adds the commands `completion`, which prints what a shell has to read, and `complete`, which the
 * shell then asks at each TAB.
 * @param argv of the process: names of jobs are asked for only where one is being typed.
 */
export async function addCompletion(program: Command, argv: readonly string[]): Promise<void> {
  // One line each: that is what fits beside a name, and what the shell's script can read.
  if (argv[2] === 'complete') for (const command of program.commands) shortenDescription(command);
  const root = tab(program, { completionCommandName: 'completion' });
  const printing = program.commands.find((command) => command.name() === 'completion');
  printing?.summary('what bash, zsh or fish has to read to complete commands at TAB');
  const words = argv.slice(argv.indexOf('--') + 1);
  const command = argv[2] === 'complete' ? words[0] : undefined;
  if (command === undefined || !OF_A_JOB.has(command)) return;
  const slugs = await jobSlugs().catch(() => []);
  const [argument] = root.commands.get(command)?.arguments.values() ?? [];
  if (argument !== undefined) {
    argument.handler = (complete) => {
      for (const slug of slugs) complete(slug, '');
    };
  }
}

function shortenDescription(command: Command): void {
  command.description(command.summary() || command.description());
  for (const inner of command.commands) shortenDescription(inner);
}

async function jobSlugs(): Promise<string[]> {
  const client = await connectToSupervisor();
  const list = z.object({ items: z.array(z.object({ slug: z.string() })) });
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return (await client.ask('/api/v1/jobs', list, { signal })).items.map(({ slug }) => slug);
}

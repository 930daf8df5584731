import { Command } from 'commander';
import { z } from 'zod';
import { connectToSupervisor } from './client/api-client.ts';
import { printJson } from './printing.ts';

const answer = z.object({
  result: z.enum(['published', 'unchanged', 'requested']),
  revision: z.string().nullable(),
});

export function syncCommand(): Command {
  return new Command('sync')
    .summary('look for a new commit now')
    .option('--json', 'for programs: {result, revision}')
    .addHelpText(
      'after',
      `
Example:
  git push && gitcron sync`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const client = await connectToSupervisor();
      const asked = await client.ask('/api/v1/sync', answer, { method: 'POST' });
      if (json) printJson(asked);
      else console.log(sentence(asked));
    });
}

function sentence({ result, revision }: z.output<typeof answer>): string {
  const commit = revision?.slice(0, 7) ?? '';
  switch (result) {
    case 'published':
      return `A new commit, ${commit}, is being made a release.`;
    case 'unchanged':
      return `Nothing new: ${commit} is the newest commit.`;
    case 'requested':
      return 'git-sync looks for a new commit now; the log tells what it finds.';
  }
  return result satisfies never;
}

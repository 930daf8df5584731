import { Command } from 'commander';
import { syncView, type SyncView } from '../http/schemas/sync.ts';
import { shortRevision } from '../release/revision.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { printJson } from './printing.ts';

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
      const asked = await client.ask('/api/v1/sync', syncView, { method: 'POST' });
      if (json) printJson(asked);
      else console.log(sentence(asked));
    });
}

function sentence({ result, revision }: SyncView): string {
  const commit = revision === null ? '' : shortRevision(revision);
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

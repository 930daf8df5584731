import { Command } from 'commander';
import { statusView } from '../api/status.ts';
import { syncView, type SyncView } from '../api/sync.ts';
import { shortRevision } from '../sync/revision.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { printJson } from './printing.ts';
import { describeRejected } from './status.ts';

export function syncCommand(): Command {
  return new Command('sync')
    .option('--json', 'for programs: {result, revision, triedAgain}')
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
      if (asked.result !== 'unchanged' || asked.triedAgain || json) return;
      const { rejected } = await client.ask('/api/v1/status', statusView);
      if (rejected !== null) console.log(`It is REJECTED: ${describeRejected(rejected)}`);
    });
}

function sentence({ result, revision, triedAgain }: SyncView): string {
  const commit = revision === null ? '' : shortRevision(revision);
  switch (result) {
    case 'published':
      return `A new commit, ${commit}, is being made a release.`;
    case 'unchanged':
      if (triedAgain) {
        return `Nothing new: ${commit} is the newest commit. It was rejected, and is tried again now; gitcron status tells what comes of it.`;
      }
      return `Nothing new: ${commit} is the newest commit.`;
    case 'requested':
      return 'git-sync looks for a new commit now; gitcron status tells what comes of it.';
  }
  return result satisfies never;
}

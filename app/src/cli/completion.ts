import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

type Offers = (signal: AbortSignal) => Promise<[word: string, description: string][]>;

/** What the first argument of a command may be. */
const FIRST_ARGUMENTS = new Map<string, Offers>([
  ...['run', 'runs', 'show', 'logs', 'cancel', 'acknowledge', 'enable', 'disable'].map(
    (name): [string, Offers] => [name, jobs],
  ),
  ['rollback', releases],
]);

/**
 * Goes before the script for bash: what only the package bash-completion has, for a bare bash; and
 * a second `source` changes nothing, where the script would complain about its own constants.
 */
const BASH_PREAMBLE = `declare -F __gitcron_complete > /dev/null && return 0
declare -F _get_comp_words_by_ref > /dev/null || _get_comp_words_by_ref() {
    words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
    cur=\${words[cword]} prev=\${words[cword - 1]}
}`;

/** Whoever pressed TAB waits for no network. */
const PATIENCE_MS = 500;

/**
 * Adds the commands `completion`, which prints what a shell has to read, and `complete`, which the
 * shell then asks at each TAB.
 * @param argv of the process: jobs and releases are asked for only where one is being typed.
 */
export async function addCompletion(program: Command, argv: readonly string[]): Promise<void> {
  // One line each: that is what fits beside a name, and what the shell's script can read.
  if (argv[2] === 'complete') for (const command of program.commands) shortenDescription(command);
  const root = tab(program, { completionCommandName: 'completion' });
  const printing = program.commands.find((command) => command.name() === 'completion');
  printing?.hook('preAction', ({ args: [shell] }) => {
    if (shell === 'bash') console.log(BASH_PREAMBLE);
  });
  const command = argv[2] === 'complete' ? argv[argv.indexOf('--') + 1] : undefined;
  const offers = FIRST_ARGUMENTS.get(command ?? '');
  if (command === undefined || offers === undefined) return;
  const words = await offers(AbortSignal.timeout(PATIENCE_MS)).catch(() => []);
  const [argument] = root.commands.get(command)?.arguments.values() ?? [];
  if (argument !== undefined) {
    argument.handler = (complete) => {
      for (const [word, description] of words) complete(word, description);
    };
  }
}

function shortenDescription(command: Command): void {
  command.description(command.summary() || command.description());
  for (const inner of command.commands) shortenDescription(inner);
}

async function jobs(signal: AbortSignal): Promise<[string, string][]> {
  const { z } = await import('zod');
  const { connectToSupervisor } = await import('./client/api-client.ts');
  const client = await connectToSupervisor();
  const list = z.object({ items: z.array(z.object({ slug: z.string() })) });
  const { items } = await client.ask('/api/v1/jobs', list, { signal });
  return items.map(({ slug }) => [slug, '']);
}

async function releases(signal: AbortSignal): Promise<[string, string][]> {
  const { plain } = await import('./printing.ts');
  const { readReleases } = await import('./releases.ts');
  const { shortRevision } = await import('../sync/revision.ts');
  const found = await readReleases({ signal });
  return found.map(({ revision, subject }) => [shortRevision(revision), plain(subject)]);
}

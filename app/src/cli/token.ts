import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { parseDuration } from '../schedule/duration.ts';
import { tokenView, type TokenView } from '../api/token.ts';
import { SCOPE } from '../api/token.ts';
import { connectToSupervisor, type ApiClient } from './client/api-client.ts';
import { localTime, printJson, withZone } from './printing.ts';
import { formatTable } from './table.ts';

const TRIGGER = 'trigger:';

export function tokenCommand(): Command {
  return new Command('token')
    .addCommand(createTokenCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

interface CreateOptions {
  readonly scope: string[];
  readonly expires?: string;
  readonly json?: boolean;
}

function createTokenCommand(): Command {
  return new Command('create')
    .summary('make a token; it is shown this one time')
    .description(
      'Prints the token, and nothing else, to stdout.\nScopes: read (everything that can be seen), trigger:JOB (start that job), operate (read, and run, cancel, retry, switch, acknowledge, roll back, sync), admin (everything).',
    )
    .argument('<name>', 'for whom it is')
    .requiredOption('--scope <scope>', 'may be given more than once', collect)
    .option(
      '--expires <duration>',
      'such as 90d; without it the token is good until revoked',
      expiry,
    )
    .option('--json', 'for programs: an object, with the token as its secret')
    .addHelpText(
      'after',
      `
Examples:
  gitcron token create prometheus --scope read
  gitcron token create partner --scope trigger:import --expires 90d
  gitcron token create on-call --scope operate --expires 90d`,
    )
    .action(async (name: string, options: CreateOptions) => {
      const client = await connectToSupervisor();
      const created = z.object({ secret: z.string(), token: tokenView });
      const body = { name, scopes: options.scope, expiresAt: options.expires ?? null };
      const { secret, token } = await client.ask('/api/v1/tokens', created, {
        method: 'POST',
        body,
      });
      if (options.json) printJson({ ...token, secret });
      else {
        console.error(`Token ${token.id} for ${token.name}. It is shown this one time:`);
        console.log(secret);
      }
      await warnOfUnknownJobs(client, token.scopes);
    });
}

function listCommand(): Command {
  return new Command('list')
    .summary('every token, without its secret')
    .option('--json', 'for programs: an array of objects')
    .addHelpText(
      'after',
      `
Example:
  gitcron token list`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const client = await connectToSupervisor();
      const list = z.object({ items: z.array(tokenView) });
      const { items } = await client.ask('/api/v1/tokens', list);
      if (json) printJson(items);
      else if (items.length === 0) console.log('There is no token.');
      else {
        const head = ['TOKEN', 'NAME', 'SCOPES', withZone('CREATED'), 'EXPIRES', 'LAST USED'];
        console.log(formatTable(head, items.map(row)));
      }
    });
}

function row({ id, name, scopes, createdAt, expiresAt, lastUsedAt }: TokenView): string[] {
  const expired = expiresAt !== null && Date.parse(expiresAt) <= Date.now();
  return [
    id,
    name,
    scopes.join(' '),
    localTime(createdAt),
    expiresAt === null ? 'never' : `${localTime(expiresAt)}${expired ? ' (expired)' : ''}`,
    lastUsedAt === null ? 'never' : localTime(lastUsedAt),
  ];
}

function revokeCommand(): Command {
  return new Command('revoke')
    .summary('make a token worthless, at once')
    .argument('<token>', 'its id or its name')
    .addHelpText(
      'after',
      `
Example:
  gitcron token revoke partner`,
    )
    .action(async (which: string) => {
      const client = await connectToSupervisor();
      const path = `/api/v1/tokens/${encodeURIComponent(which)}`;
      await client.ask(path, z.null(), { method: 'DELETE' });
      console.log(`Token ${which} is revoked.`);
    });
}

function collect(scope: string, before: readonly string[] = []): string[] {
  if (SCOPE.test(scope)) return [...before, scope];
  throw new InvalidArgumentError('Write read, operate, admin, or trigger: and the name of a job.');
}

/** The token is good all the same: the next commit may bring the job. */
async function warnOfUnknownJobs(client: ApiClient, scopes: readonly string[]): Promise<void> {
  const wanted = scopes
    .filter((scope) => scope.startsWith(TRIGGER))
    .map((scope) => scope.slice(TRIGGER.length));
  if (wanted.length === 0) return;
  const list = z.object({ items: z.array(z.object({ slug: z.string() })) });
  const { items } = await client.ask('/api/v1/jobs', list);
  const unknown = wanted.filter((job) => !items.some(({ slug }) => slug === job));
  for (const job of unknown)
    console.error(`There is no job ${job} at present: gitcron jobs lists those that there are.`);
}

function expiry(text: string): string {
  try {
    return new Date(Date.now() + parseDuration(text, 1000)).toISOString();
  } catch {
    throw new InvalidArgumentError('Write for example 12h or 90d.');
  }
}

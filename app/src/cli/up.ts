import { isatty } from 'node:tty';
import { Command } from 'commander';
import { CodedError } from '@gitcron/base/coded-error';
import { LOCAL_DIRECTORY, localDirectories } from '../local/local-directories.ts';
import { startLocalMode } from '../local/local-mode.ts';
import { readLocalSettings, type LocalSource } from '../local/local-settings.ts';
import { createLog } from '@gitcron/base/log';
import { startInSpiteOfHangUp, untilStopped } from './until-stopped.ts';

interface UpOptions {
  readonly repo?: string;
  readonly branch?: string;
  readonly dir?: string;
  readonly state: string;
  readonly database: boolean;
}

export function upCommand(): Command {
  return new Command('up')
    .description(
      'Starts a Postgres of its own (jobs get its address as DATABASE_URL), git-sync and the supervisor, all on this machine and for this user. Without --repo or --dir it runs a demo repository that you can change and commit to. Ctrl-C ends everything.',
    )
    .option('--repo <url>', 'run the scripts of this Git repository (also GIT_SYNC_REPO)')
    .option('--branch <ref>', 'the branch, tag or hash to follow (also GIT_SYNC_BRANCH)')
    .option('--dir <path>', 'run the scripts of this directory, as they are on disk')
    .option('--state <path>', 'where everything is kept', LOCAL_DIRECTORY)
    .option('--no-database', 'start no Postgres; a DATABASE_URL of your own does the same')
    .addHelpText(
      'after',
      `
Examples:
  gitcron up
  gitcron up --repo git@host:team/scripts.git --branch main
  gitcron up --dir ~/scripts --no-database`,
    )
    .action(async (options: UpOptions) => {
      const directories = localDirectories(options.state);
      const source = sourceOf(options);
      const settings = await readLocalSettings(source, directories, process.env);
      const { LOG_FORMAT, LOG_LEVEL } = settings.supervisor;
      const log = createLog({
        format: LOG_FORMAT,
        level: LOG_LEVEL,
        terminal: isatty(1),
      });
      const hasDatabase = Boolean(process.env['DATABASE_URL'] || process.env['PGHOST']);
      startInSpiteOfHangUp();
      const localMode = await startLocalMode({
        directories,
        settings,
        isDemo: source.kind === 'demo',
        embeddedDatabase: options.database && !hasDatabase,
        environment: process.env,
        log,
      });
      await untilStopped(localMode, log);
    });
}

function sourceOf({ repo, branch, dir }: UpOptions): LocalSource {
  const url = repo ?? process.env['GIT_SYNC_REPO'];
  if (branch !== undefined && (dir !== undefined || !url)) {
    throw new CodedError('GITCRON_E_BRANCH_OF_NOTHING', '--branch was given, but no repository.', {
      hint: 'Name the Git repository that has this branch with --repo.',
    });
  }
  if (dir !== undefined && repo !== undefined) {
    throw new CodedError('GITCRON_E_TWO_SOURCES', '--repo and --dir were both given.', {
      hint: 'Give one of them: a Git repository to follow, or a directory to run as it is.',
    });
  }
  if (dir !== undefined) return { kind: 'directory', path: dir };
  if (!url) return { kind: 'demo' };
  return { kind: 'repository', url, branch };
}

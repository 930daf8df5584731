import { Command } from 'commander';
import { HEARTBEAT_LIMIT_MS, readHeartbeat } from '../state/heartbeat-file.ts';
import { CodedError } from '@gitcron/base/coded-error';
import { readinessNeed } from '../report/judgement.ts';
import { stateVolume } from '../release/state-volume.ts';
import { printJson } from './printing.ts';
import { settingsOfSupervisor } from './state-directory.ts';

export function healthCommand(): Command {
  return new Command('health')
    .description('Exits with 0 when all is well, else with 1 and a sentence.')
    .option('--json', 'for programs: { healthy, reason }')
    .addHelpText(
      'after',
      `
Examples:
  gitcron health || echo 'look at the log'
  gitcron health --json | jq -r .reason`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { STATE_DIR } = settingsOfSupervisor(process.env, process.cwd());
      const complaint = await findComplaint(stateVolume(STATE_DIR).heartbeat);
      if (json) printJson({ healthy: complaint === null, reason: complaint });
      else console.log(complaint ?? 'ok');
      if (complaint !== null) process.exitCode = 1;
    });
}

async function findComplaint(file: string): Promise<string | null> {
  const heartbeat = await readHeartbeat(file).catch((cause: unknown) => {
    throw new CodedError('GITCRON_E_NO_SUPERVISOR', 'No supervisor has left a heartbeat here.', {
      place: file,
      hint: 'Start it (the stack: docker compose up -d). Outside of the stack STATE_DIR has to name the directory it works in.',
      cause,
    });
  });
  const ageMs = Date.now() - heartbeat.at;
  if (ageMs > HEARTBEAT_LIMIT_MS) {
    return `The last heartbeat is ${Math.round(ageMs / 1000)} s old: the supervisor hangs or is gone.`;
  }
  const { at, beating, revision } = heartbeat;
  const releaseMissingSince = revision === null ? at : null;
  return readinessNeed({ releaseMissingSince, beating, lastBeatAt: at })?.sentence ?? null;
}

import type { Logger } from '@gitcron/base/log';
import { endProcessesOf } from '../processes/end-user-processes.ts';
import type { ProcessUser } from '../processes/process-user.ts';

/** What a predecessor that was killed was installing must not write into what is made anew. */
export async function endLeftInstall(user: ProcessUser | undefined, logger: Logger): Promise<void> {
  if (user === undefined) return;
  const { left } = await endProcessesOf(user);
  if (left.length > 0) {
    logger.warn(`These processes of INSTALL_USER do not end, even by SIGKILL: ${left.join(', ')}.`);
  }
}

import { readFileSync } from 'node:fs';
import type { ProcessUser } from './process-user.ts';

/** What a login sets for a user of this machine; nothing for a number that passwd(5) does not name. */
export function homeVariables({ uid }: ProcessUser): Record<string, string> {
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const line of users) {
    const [name, , id, , , home] = line.split(':');
    if (id === String(uid) && name && home) return { HOME: home, USER: name, LOGNAME: name };
  }
  return {};
}

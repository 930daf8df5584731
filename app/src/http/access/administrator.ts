import { readFileSync } from 'node:fs';
import type { AccessFile } from './access-file.ts';
import { hashPassword, isPassword, makePassword } from './password.ts';

export interface PasswordSettings {
  readonly ADMIN_PASSWORD?: string | undefined;
  readonly ADMIN_PASSWORD_FILE?: string | undefined;
}

/** What the settings say; null when they leave it to us. */
export function configuredPassword(settings: PasswordSettings): string | null {
  const { ADMIN_PASSWORD, ADMIN_PASSWORD_FILE } = settings;
  if (ADMIN_PASSWORD_FILE === undefined) return ADMIN_PASSWORD ?? null;
  return readFileSync(ADMIN_PASSWORD_FILE, 'utf8').trim();
}

/**
 * Makes sure that there is a password. Another one in the settings than before ends all log-ins.
 * @returns the password when one had to be made: show it, it is not kept.
 */
export async function preparePassword(
  file: AccessFile,
  configured: string | null,
): Promise<string | null> {
  const { password } = file.content;
  if (configured === null) {
    if (password !== null) return null;
    const made = makePassword();
    const hash = await hashPassword(made);
    await file.change(() => ({ password: hash }));
    return made;
  }
  if (password === null || !(await isPassword(configured, password))) {
    const hash = await hashPassword(configured);
    await file.change(() => ({ password: hash, sessions: [] }));
  }
  return null;
}

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { isAbsence } from '@gitcron/base/absence';

const passwordsSchema = z.object({
  postgres: z.string(),
  supervisor: z.string(),
  scripts: z.string(),
});

/** By role: the superuser, ours, the scripts'. */
export type DatabasePasswords = z.output<typeof passwordsSchema>;

export async function readOrMakePasswords(file: string): Promise<DatabasePasswords> {
  try {
    return passwordsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
  const passwords = { postgres: newPassword(), supervisor: newPassword(), scripts: newPassword() };
  await writeFileAtomic(file, `${JSON.stringify(passwords)}\n`, { mode: 0o600 });
  return passwords;
}

function newPassword(): string {
  return randomBytes(24).toString('hex');
}

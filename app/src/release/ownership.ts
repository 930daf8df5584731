import { rm } from 'node:fs/promises';
import { execa } from 'execa';
import type { ProcessUser } from '../config/user.ts';

/**
 * Gives a tree to the user that installs, or takes it back for the supervisor. What the
 * supervisor owns, jobs and installs can read but not change. Needs CAP_CHOWN; links are
 * changed themselves, never what they point to.
 */
export async function giveTree(directory: string, owner: ProcessUser): Promise<void> {
  await execa('chown', ['-RhP', `${owner.uid}:${owner.gid}`, '--', directory]);
}

export async function takeTreeBack(directory: string): Promise<void> {
  const { uid, gid } = supervisorUser();
  await execa('chown', ['-RhP', `${uid}:${gid}`, '--', directory]);
}

/** Deletes a tree that may still belong to the user that installs. */
export async function deleteTree(directory: string, installUser?: ProcessUser): Promise<void> {
  if (installUser) await takeTreeBack(directory);
  await rm(directory, { recursive: true, force: true });
}

function supervisorUser(): ProcessUser {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

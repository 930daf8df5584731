import { execa } from 'execa';
import { composeFiles, root } from './stack.ts';

/** Builds the images of the checkout once, before the first test file. */
export default async function buildImages(): Promise<void> {
  await execa('docker', ['compose', '--project-directory', root, ...composeFiles, 'build'], {
    cwd: root,
    // Building needs no password, but compose asks for every variable of the file.
    env: { POSTGRES_PASSWORD: 'unused', SCRIPTS_DB_PASSWORD: 'unused' },
    stdout: 'inherit',
    stderr: 'inherit',
  });
}

import { execa } from 'execa';

/** The command lines of all processes that mention `text`, such as a directory of the test's own. */
export async function processesAbout(text: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eww', '-o', 'pid=,args='], { lines: true });
  return stdout.filter((line) => line.includes(text) && !line.includes('ps -eww'));
}

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** What is looked at is what the sources say now. */
export default function buildPanel(): void {
  const script = join(import.meta.dirname, '../../../scripts/build-panel.js');
  execFileSync(process.execPath, [script], { stdio: 'inherit' });
}

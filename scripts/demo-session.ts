/** A session with the demo as README shows it: start, first output, a commit, Ctrl-C. Prints the log. */
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { withRunningDemo } from './running-demo.ts';

await withRunningDemo(async (demo) => {
  await demo.sees(/hello#\w+ succeeded/);
  appendFileSync(
    join(demo.repository, 'app/crontab.txt'),
    '\n# @name date\n@every 2s date --utc\n',
  );
  execFileSync('git', [
    ...['-C', demo.repository, '-c', 'user.name=Ada', '-c', 'user.email=ada@localhost'],
    ...['commit', '--quiet', '--all', '--message', 'Tell the time every two seconds'],
  ]);
  await demo.sees(/date#\w+ succeeded/);
  process.stdout.write(await demo.stop());
});

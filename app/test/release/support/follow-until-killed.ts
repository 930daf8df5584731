/** A supervisor's release room in a process of its own: `node follow-until-killed.ts OPTIONS`, as JSON. */
import { z } from 'zod';
import { installEnvironment } from '../../../src/config/job-environment.ts';
import { processUser } from '../../../src/processes/process-user.ts';
import { createLog } from '@gitcron/base/log';
import { SourceFollower } from '../../../src/release/follow-source.ts';
import { stateVolume } from '../../../src/release/state-volume.ts';

const options = z
  .object({
    source: z.string(),
    state: z.string(),
    registry: z.string(),
    packageFile: z.string().default('package.json'),
    installUser: processUser.optional(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

const { logger } = createLog({ format: 'json', level: 'info' });
const follower = new SourceFollower({
  volume: stateVolume(options.state),
  sourceDirectory: options.source,
  packageFile: options.packageFile,
  cronFile: 'app/crontab.txt',
  pollMs: 1000,
  keep: 1,
  backOff: {
    transient: { firstMs: 50, longestMs: 200 },
    uncertain: { tries: 3, firstMs: 100 },
  },
  install: {
    environment: installEnvironment({
      ...process.env,
      NPM_CONFIG_REGISTRY: options.registry,
      ...(options.installUser ? {} : { NPM_CONFIG_CACHE: `${options.state}-npm-cache` }),
    }),
    user: options.installUser,
    timeoutMs: 60_000,
    logger,
  },
  logger,
  now: Date.now,
  emit: () => {},
  parseCrontab: () => null,
  jobEnvironment: {},
  revisionsInUse: () => new Set(),
  onActivated: () => {},
  onWithdrawn: () => {},
});
await follower.resume();
await follower.start();

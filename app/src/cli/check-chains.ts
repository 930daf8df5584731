import { followedInWords } from '../schedule/describe.ts';
import type { Job } from '../schedule/job.ts';

/** Who follows deeper down is not moved in any further: a line must fit a screen. */
const DEEPEST = 12;

/** The jobs that follow each other, each chain from its first job on; empty where none follows. */
export function drawChains(jobs: readonly Job[]): string[] {
  const followers = Map.groupBy(jobs, ({ schedule }) =>
    schedule.kind === 'after' ? schedule.job : null,
  );
  const lines: string[] = [];
  const toDraw = (followers.get(null) ?? [])
    .filter(({ slug }) => followers.has(slug))
    .map((job) => ({ job, depth: 0 }))
    .toReversed();
  for (let next = toDraw.pop(); next !== undefined; next = toDraw.pop()) {
    const { job, depth } = next;
    lines.push(`${'  '.repeat(Math.min(depth, DEEPEST))}${describe(job)}`);
    const below = (followers.get(job.slug) ?? []).toReversed();
    toDraw.push(...below.map((follower) => ({ job: follower, depth: depth + 1 })));
  }
  return lines;
}

function describe({ slug, schedule, settings }: Job): string {
  const when = schedule.kind === 'after' ? `after ${followedInWords(schedule)}` : schedule.source;
  return `${slug}  ${when}${settings.disabled ? ' (disabled)' : ''}`;
}

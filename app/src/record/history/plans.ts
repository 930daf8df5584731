import type { Pool } from 'pg';
import { z } from 'zod';
import { installedPackages, plannedJobs, revisionChanges } from '../../api/plan.ts';

const json = z.string().transform((text): unknown => JSON.parse(text));

const planRow = z.object({
  revision: z.string(),
  subject: z.string(),
  author: z.string(),
  jobs: json.pipe(plannedJobs).nullable(),
  packages: json.pipe(installedPackages).nullable(),
});

/** What is known of a release; what is null was not kept of it. */
export type ReleasePlan = z.output<typeof planRow>;

/** Those whose hash begins so: none, one, or two of more. */
export async function findPlans(pool: Pool, beginning: string): Promise<ReleasePlan[]> {
  const { rows } = await pool.query({
    name: 'history-plans',
    text: `SELECT revision, subject, author, jobs.body AS jobs, packages.body AS packages
      FROM gitcron.releases
      LEFT JOIN gitcron.contents jobs ON jobs.hash = jobs_hash
      LEFT JOIN gitcron.contents packages ON packages.hash = packages_hash
      WHERE starts_with(revision, $1) ORDER BY revision <> $1 LIMIT 2`,
    values: [beginning],
  });
  const plans = z.array(planRow).parse(rows);
  return plans[0]?.revision === beginning ? plans.slice(0, 1) : plans;
}

/** So many releases lie between two at most, before their differences are not added up any more. */
const LONGEST_WAY = 200;

const stepRow = z.object({ changes: json.pipe(revisionChanges) });
export type Step = z.output<typeof revisionChanges>;

/** What each revision changed on the way from one to another, the newest first; null when a step is not known. */
export async function findWay(pool: Pool, from: string, to: string): Promise<Step[] | null> {
  const { rows } = await pool.query({
    name: 'history-way',
    text: `WITH RECURSIVE way (revision, length, passed) AS (
        SELECT $2::text COLLATE "C", 0, ARRAY[$2::text]
        UNION ALL
        SELECT (body::json ->> 'from') COLLATE "C", length + 1, passed || (body::json ->> 'from')
        FROM way JOIN gitcron.releases USING (revision) JOIN gitcron.contents ON hash = changes_hash
        WHERE revision <> $1 AND length < $3 AND (body::json ->> 'from') <> ALL (passed)
      )
      SELECT revision, body AS changes FROM way
      LEFT JOIN gitcron.releases USING (revision) LEFT JOIN gitcron.contents ON hash = changes_hash
      ORDER BY length`,
    values: [from, to, LONGEST_WAY],
  });
  const found = z.array(z.object({ revision: z.string() }).loose()).parse(rows);
  if (found.at(-1)?.revision !== from) return null;
  return z
    .array(stepRow)
    .parse(found.slice(0, -1))
    .map(({ changes }) => changes);
}

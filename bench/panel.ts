/**
 * Whether the panel can be as fast as it has to be: every question its pages ask, with 2,000 jobs, a
 * million runs and an output of 64 MB. Prints milliseconds and the size of each answer, and fails when
 * one takes more than the promise.
 *
 *   node bench/panel.ts                      RUNS=100000 LINES=100000 for a smaller house
 */
import { z } from 'zod';
import { JOBS, openPanelScene } from './panel-scene.ts';

const RUNS = Number(process.env['RUNS'] ?? 1_000_000);
const LINES = Number(process.env['LINES'] ?? 1_000_000);
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const PROMISE_MS = 300;

console.log(`filling in ${JOBS} jobs, ${RUNS} runs and ${LINES} lines …`);
await using scene = await openPanelScene({ runs: RUNS, lines: LINES });
const { house, longRun } = scene;

async function ask(path: string): Promise<string> {
  const answer = await house.control(path);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text.slice(0, 300)}`);
  return text;
}

const paged = z.object({ next: z.union([z.string(), z.number()]).nullable() });
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const release = z
  .object({ items: z.array(z.object({ revision: z.string() })) })
  .parse(JSON.parse(await ask('/api/v1/revisions?limit=20'))).items[9]?.revision;
const runs = z.object({
  items: z.array(z.object({ id: z.string() })),
  next: z.string().nullable(),
});
const failed = runs.parse(JSON.parse(await ask('/api/v1/runs?status=failed')));
const failedRun = failed.items[0]?.id ?? '';
const deep = runs.parse(JSON.parse(await ask(`/api/v1/runs?to=${day(-50)}&limit=1`))).next ?? '';
const output = `/api/v1/runs/${longRun}/output`;

/** What each page asks for. */
const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  jobs: ['/api/v1/jobs?runs=40', '/api/v1/status', '/api/v1/session'],
  job: [
    '/api/v1/jobs/job-100?runs=40',
    '/api/v1/jobs/job-100/durations',
    '/api/v1/jobs/job-100/crontab',
    '/api/v1/jobs/job-100/changes',
    '/api/v1/jobs/job-100/slots',
    '/api/v1/runs?job=job-100',
  ],
  history: [
    '/api/v1/runs',
    `/api/v1/runs?before=${deep}`,
    '/api/v1/runs?status=failed,timed_out,lost',
    `/api/v1/runs?status=failed,timed_out,lost&before=${deep}`,
    '/api/v1/runs?job=job-100&status=failed',
    '/api/v1/runs?job=job-1500&status=lost',
    '/api/v1/runs?trigger=http',
    '/api/v1/runs?trigger=http,manual',
    '/api/v1/runs?trigger=deploy',
    '/api/v1/runs?job=job-1500&trigger=deploy',
    `/api/v1/runs?release=${release?.slice(0, 8)}`,
    `/api/v1/runs?release=${release}&status=failed`,
    `/api/v1/runs?from=${day(-50)}&to=${day(-49)}`,
    `/api/v1/runs?from=${day(-50)}&to=${day(-49)}&status=lost`,
    '/api/v1/runs?text=is%20not%20a%20function',
    '/api/v1/runs?text=ECONNREFUSED',
    '/api/v1/runs?text=ENOSPC',
    '/api/v1/runs?text=xyzzy-plugh',
    `/api/v1/runs?text=ECONNREFUSED&before=${deep}`,
    '/api/v1/runs?text=ECONNREFUSED&job=job-1500',
    '/api/v1/runs?text=ECONNREFUSED&trigger=http',
  ],
  timeline: [
    '/api/v1/slots',
    '/api/v1/slots?limit=5000',
    '/api/v1/slots?job=job-100',
    '/api/v1/slots?job=job-0',
    '/api/v1/slots?job=job-0&limit=5000',
    '/api/v1/marks',
    `/api/v1/marks?from=${day(-100)}`,
  ],
  run: [
    `/api/v1/runs/${failedRun}`,
    `/api/v1/runs/${failedRun}/why`,
    `/api/v1/runs/${failedRun}/neighbours`,
  ],
  output: [
    `${output}/outline`,
    output,
    `${output}?maxBytes=65536`,
    `${output}?tail=1000`,
    `${output}?at=500`,
    `${output}?before=800`,
    `${output}?tail=1000&stream=stderr`,
    `${output}/search?text=read%20a%20row`,
  ],
  releases: ['/api/v1/revisions', '/api/v1/releases'],
  system: ['/api/v1/events', '/api/v1/events?type=job_switched,rolled_back', '/api/v1/tokens'],
};

const slow: string[] = [];
for (const [page, paths] of Object.entries(QUESTIONS)) {
  console.log(`\n${page.padEnd(62)}  median    first     KB`);
  for (const path of paths) {
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = performance.now();
      bytes = Buffer.byteLength(await ask(path));
      times.push(performance.now() - start);
    }
    const [first = 0] = times;
    const median = times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
    const shown = path.replace('/api/v1', '').replace(longRun, 'LONG').slice(0, 62);
    const numbers = [median, first, bytes / 1000]
      .map((one) => one.toFixed(0).padStart(7))
      .join('  ');
    console.log(`${shown.padEnd(62)} ${numbers}`);
    if (median > PROMISE_MS) slow.push(`${shown}: ${median.toFixed(0)} ms`);
  }
}

console.log('\nsearch over all of the output');
for (const text of ['the needle in it all', 'xyzzy-plugh', 'is slow']) {
  const start = performance.now();
  let requests = 0;
  let next: string | number | null = '';
  do {
    const from: string = next === '' ? '' : `&from=${next}`;
    const page = `${output}/search?text=${encodeURIComponent(text)}&limit=500${from}`;
    next = paged.parse(JSON.parse(await ask(page))).next;
    requests += 1;
  } while (next !== null);
  console.log(
    `${text.padEnd(62)} ${(performance.now() - start).toFixed(0).padStart(7)} ms, ${requests} requests`,
  );
}

// What a browser needs for the same is measured here, once there is one: first paint of the jobs,
// of the long output, and End in it.

console.log(
  slow.length === 0
    ? `\nnothing takes more than ${PROMISE_MS} ms`
    : `\nTOO SLOW\n${slow.join('\n')}`,
);
if (slow.length > 0) process.exitCode = 1;

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ClockEvent, RunEvent } from '../events.ts';
import { createJobTimes, type JobTimes } from './job-times.ts';
import type { Rooms } from './rooms.ts';
import { NEED_CODES, type Need } from '../api/need.ts';
import { findNeeds, isHistoryWritten, notOnTime } from './status.ts';

/** Prometheus metrics. */
export interface Metrics {
  readonly contentType: string;
  /** Counts what happens. */
  observe(event: RunEvent | ClockEvent): void;
  /** @param rooms are asked for what can be seen only now. */
  attach(rooms: Rooms): void;
  render(): Promise<string>;
}

/** Seconds. */
const DURATIONS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600];
const LATENESS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  let rooms: Rooms | null = null;
  /** Asked once for each look: the database is behind it. */
  let needsNow: Promise<readonly Need[]> = Promise.resolve([]);
  const countNeeds = async (code: Need['code']): Promise<number> =>
    (await needsNow).filter((need) => need.code === code).length;

  const runs = new Counter({
    name: 'gitcron_runs_total',
    help: 'Runs that ended, by job and status.',
    labelNames: ['job', 'status'] as const,
    registers,
  });
  const duration = new Histogram({
    name: 'gitcron_run_duration_seconds',
    help: 'How long runs took, over all their attempts.',
    buckets: DURATIONS,
    registers,
  });
  const lateness = new Histogram({
    name: 'gitcron_run_lateness_seconds',
    help: 'How long after its slot the first attempt of a run began.',
    buckets: LATENESS,
    registers,
  });
  const gauge = (name: string, help: string, value: (asked: Rooms) => number | Promise<number>) =>
    new Gauge({
      name: `gitcron_${name}`,
      help,
      registers,
      async collect() {
        if (rooms !== null) this.set(await value(rooms));
      },
    });

  gauge('runs_running', 'Runs at work.', (asked) => active(asked, 'running'));
  gauge('runs_queued', 'Runs that wait for their turn.', (asked) => active(asked, 'queued'));
  gauge('jobs', 'Jobs of the crontab in force.', ({ jobs }) => jobs.list().length);
  gauge(
    'jobs_overdue',
    'Jobs whose run is due for more than a minute and has no place to begin.',
    () => countNeeds('run_overdue'),
  );
  gauge(
    'jobs_failing',
    'Jobs whose last run failed, timed out or was lost, and that nobody acknowledged.',
    () => countNeeds('job_failing'),
  );
  gauge('revision_rejected', '1 when the newest revision was not made a release.', () =>
    countNeeds('commit_rejected'),
  );
  const needs = new Gauge({
    name: 'gitcron_needs',
    help: 'What needs somebody, by its code: see needs of /api/v1/status.',
    labelNames: ['code'] as const,
    registers: [],
    async collect() {
      for (const code of NEED_CODES) this.set({ code }, await countNeeds(code));
    },
  });
  registry.registerMetric(needs);
  const jobTimes = createJobTimes();
  const perJob = (name: string, help: string, time: (times: JobTimes) => number | null) =>
    new Gauge({
      name: `gitcron_job_${name}_timestamp_seconds`,
      help,
      labelNames: ['job'] as const,
      registers,
      async collect() {
        this.reset();
        const all = rooms === null ? [] : await jobTimes.all(rooms);
        for (const [job, times] of all) {
          const at = time(times);
          if (at !== null) this.set({ job }, at / 1000);
        }
      },
    });
  perJob('last_run', 'When the last run of a job ended.', ({ ran }) => ran);
  perJob('last_success', 'When the last run that succeeded ended.', ({ succeeded }) => succeeded);
  gauge('scheduler_beating', '0 when slots are being missed.', (asked) =>
    Number(asked.schedulerHealth().lastBeatAt !== null && notOnTime(asked) === null),
  );
  gauge(
    'last_sync_timestamp_seconds',
    'When the source was last known to be up to date.',
    lastSyncSeconds,
  );
  gauge(
    'journal_bytes',
    'History that is not in the database yet.',
    ({ record }) => record?.recorder.status().journalBytes ?? 0,
  );
  gauge('database_up', '0 when history cannot be written to the database.', (asked) =>
    Number(isHistoryWritten(asked)),
  );
  gauge(
    'output_dropped_bytes',
    'Output that had to make room in the journal since the start.',
    ({ record }) => record?.recorder.status().droppedOutputBytes ?? 0,
  );

  return {
    contentType: registry.contentType,
    attach: (given) => {
      rooms = given;
    },
    observe(event) {
      if (event.type === 'clock_set_back') jobTimes.takeCorrectedTime(event.at);
      if (event.type === 'attempt_started' && event.attempt === 1) {
        const { scheduledAt: slot } = event;
        if (slot !== null) lateness.observe(Math.max(0, event.at - slot) / 1000);
      }
      if (event.type !== 'run_finished') return;
      const { job, outcome, at } = event;
      jobTimes.ended(job, outcome.status, at);
      runs.inc({ job, status: outcome.status });
      if (outcome.status !== 'skipped') duration.observe(outcome.durationMs / 1000);
    },
    render() {
      if (rooms !== null) needsNow = findNeeds(rooms);
      return registry.metrics();
    },
  };
}

async function active({ runner }: Rooms, status: 'running' | 'queued'): Promise<number> {
  return (await runner.active()).filter((run) => run.status === status).length;
}

async function lastSyncSeconds({ sync }: Rooms): Promise<number> {
  const at = (await sync.status())?.lastSuccessAt ?? null;
  return at === null ? 0 : Date.parse(at) / 1000;
}

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LookOutcome } from './start-sync.ts';
import type { Status } from './status.ts';

export interface Metrics {
  readonly contentType: string;
  count(outcome: LookOutcome): void;
  /** Prometheus' text format. */
  render(): Promise<string>;
}

/** What Prometheus may ask about one sync; `status` is read when it asks. */
export function createMetrics(status: () => Status): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const syncs = new Counter({
    name: 'git_sync_syncs_total',
    help: 'Looks at the remote, by how they ended: none (nothing new), published, or an error code.',
    labelNames: ['result'],
    registers,
  });
  const durations = new Histogram({
    name: 'git_sync_duration_seconds',
    help: 'How long a look at the remote took.',
    labelNames: ['result'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300],
    registers,
  });
  const lastSuccess = new Gauge({
    name: 'git_sync_last_success_timestamp_seconds',
    help: 'When the remote was last read without an error; 0 before the first time.',
    registers: [],
    collect() {
      this.set(Date.parse(status().lastSuccessAt ?? '1970-01-01T00:00:00Z') / 1000);
    },
  });
  const failures = new Gauge({
    name: 'git_sync_consecutive_failures',
    help: 'Failures since the last success.',
    registers: [],
    collect() {
      this.set(status().failures);
    },
  });
  const current = new Gauge({
    name: 'git_sync_current_info',
    help: 'Always 1; the label is the hash of the published commit.',
    labelNames: ['hash'],
    registers: [],
    collect() {
      this.reset();
      const hash = status().current?.hash;
      if (hash !== undefined) this.set({ hash }, 1);
    },
  });
  for (const gauge of [lastSuccess, failures, current]) registry.registerMetric(gauge);
  return {
    contentType: registry.contentType,
    count(outcome) {
      const result = outcome.ok ? outcome.result.change : outcome.error.code;
      syncs.inc({ result });
      durations.observe({ result: outcome.ok ? result : 'failed' }, outcome.tookMs / 1000);
    },
    render: () => registry.metrics(),
  };
}

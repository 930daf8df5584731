/**
 * What the expression engine costs, beside croner: 5,000 crontab lines parsed, and next slots.
 *
 *   node --expose-gc bench/expression.ts
 *
 * Wanted: at most 500 ms and 20 MB for the 5,000 lines, and microseconds for a slot.
 */
import { Cron } from 'croner';
import { parseCrontab } from '../app/src/schedule/crontab/parse.ts';
import { nextSlotOf } from '../app/src/schedule/planner.ts';

const LINES = 5000;
const ZONE = 'Europe/Berlin';
const FROM = Date.parse('2026-03-28T12:00:00Z');

const rules = Array.from(
  { length: LINES },
  (_, index) => `${index % 60} ${index % 24} * * ${index % 7}`,
);
const crontab = rules.map((rule, index) => `${rule} node scripts/job${index}.ts`).join('\n');

interface Cost {
  readonly parseMs: number;
  readonly heapMb: number;
  readonly nextUs: number;
}

function measure<Parsed>(parse: () => readonly Parsed[], next: (parsed: Parsed) => unknown): Cost {
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const parseStart = performance.now();
  const parsed = parse();
  const parseMs = performance.now() - parseStart;
  globalThis.gc?.();
  const heapMb = (process.memoryUsage().heapUsed - heapBefore) / 1e6;
  const nextStart = performance.now();
  for (const one of parsed) next(one);
  const nextUs = ((performance.now() - nextStart) * 1000) / parsed.length;
  return { parseMs, heapMb, nextUs };
}

function report(name: string, { parseMs, heapMb, nextUs }: Cost): void {
  console.log(
    `${name.padEnd(8)} ${LINES} lines: ${parseMs.toFixed(0)} ms, ${heapMb.toFixed(1)} MB; next slot ${nextUs.toFixed(1)} µs`,
  );
}

const ours = measure(
  () => parseCrontab(crontab, { file: 'crontab', defaultZone: ZONE }).jobs,
  (job) => nextSlotOf(job, FROM),
);
const croner = measure(
  () => rules.map((rule) => new Cron(rule, { timezone: ZONE, fixedTimeRule: 'no-wildcard' })),
  (cron) => cron.nextRun(new Date(FROM)),
);
report('gitcron', ours);
report('croner', croner);
console.log(
  `ratios: parse ${(ours.parseMs / croner.parseMs).toFixed(2)}, memory ${(ours.heapMb / croner.heapMb).toFixed(2)}, next ${(ours.nextUs / croner.nextUs).toFixed(2)}`,
);

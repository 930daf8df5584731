import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OverlapPolicy } from '../../src/schedule/job.ts';
import { createRunQueue, type QueueEntry } from '../../src/run/run-queue.ts';

function entry(runId: string, overrides: Partial<QueueEntry> = {}): QueueEntry {
  return { runId, job: runId, overlap: 'skip', lock: null, due: 0, ...overrides };
}

/** Starts all whose turn it is. */
function startAll(queue: ReturnType<typeof createRunQueue>): string[] {
  const started: string[] = [];
  for (let next = queue.next(); next !== null; next = queue.next()) started.push(next.runId);
  return started;
}

test('skip: one run of a job at a time, the one in the way is named', () => {
  const queue = createRunQueue(10);
  queue.offer(entry('a', { job: 'j' }));
  expect(queue.offer(entry('b', { job: 'j' }))).toEqual({ kind: 'overlap', inTheWay: 'a' });
  startAll(queue);
  expect(queue.offer(entry('c', { job: 'j' }))).toEqual({ kind: 'overlap', inTheWay: 'a' });
  queue.remove('a');
  expect(queue.offer(entry('d', { job: 'j' })).kind).toBe('admitted');
  expect(startAll(queue)).toEqual(['d']);
});

test('queue: one after the other, in the order of their slots, up to a limit', () => {
  const queue = createRunQueue(10, 2);
  const job = { job: 'j', overlap: 'queue' } as const;
  queue.offer(entry('a', { ...job, due: 1 }));
  expect(startAll(queue)).toEqual(['a']);
  queue.offer(entry('c', { ...job, due: 3 }));
  queue.offer(entry('b', { ...job, due: 2 }));
  expect(queue.offer(entry('d', { ...job, due: 4 }))).toEqual({
    kind: 'full',
    limit: 2,
    inTheWay: 'a',
  });
  expect(startAll(queue)).toEqual([]);
  queue.remove('a');
  expect(startAll(queue)).toEqual(['b']);
  queue.remove('b');
  expect(startAll(queue)).toEqual(['c']);
});

test('allow: runs of a job run together', () => {
  const queue = createRunQueue(10);
  queue.offer(entry('a', { job: 'j', overlap: 'allow' }));
  queue.offer(entry('b', { job: 'j', overlap: 'allow' }));
  expect(startAll(queue)).toEqual(['a', 'b']);
});

test('replace: names all that must go and waits until they are gone', () => {
  const queue = createRunQueue(10);
  const job = { job: 'j', overlap: 'replace' } as const;
  queue.offer(entry('a', job));
  startAll(queue);
  expect(queue.offer(entry('b', job))).toEqual({ kind: 'admitted', replaces: ['a'] });
  expect(queue.offer(entry('c', job))).toEqual({ kind: 'admitted', replaces: ['a', 'b'] });
  queue.remove('b');
  expect(startAll(queue)).toEqual([]);
  queue.remove('a');
  expect(startAll(queue)).toEqual(['c']);
});

test('a lock excludes other jobs without blocking those behind it', () => {
  const queue = createRunQueue(10);
  queue.offer(entry('a', { lock: 'db', due: 1 }));
  queue.offer(entry('b', { lock: 'db', due: 2 }));
  queue.offer(entry('c', { due: 3 }));
  expect(startAll(queue)).toEqual(['a', 'c']);
  queue.remove('a');
  expect(startAll(queue)).toEqual(['b']);
});

test('when capacity is short, the oldest slot is first', () => {
  const queue = createRunQueue(1);
  queue.offer(entry('a', { due: 1 }));
  startAll(queue);
  queue.offer(entry('new', { due: 9 }));
  queue.offer(entry('old', { due: 2 }));
  queue.remove('a');
  expect(startAll(queue)).toEqual(['old']);
});

test('a resting run keeps its job to itself and gives its lock and capacity to others', () => {
  const queue = createRunQueue(1);
  queue.offer(entry('a', { job: 'j', lock: 'db' }));
  startAll(queue);
  queue.rest('a');
  expect(queue.offer(entry('b', { job: 'j' })).kind).toBe('overlap');
  queue.offer(entry('c', { lock: 'db', due: 5 }));
  expect(startAll(queue)).toEqual(['c']);
  queue.wake('a');
  expect(startAll(queue)).toEqual([]);
  queue.remove('c');
  expect(startAll(queue)).toEqual(['a']);
});

test('whatever happens: no lock twice, no overlap, no more than the limit, nothing forgotten', () => {
  const step = fc.record({
    act: fc.constantFrom('offer', 'offer', 'remove', 'rest', 'wake'),
    job: fc.constantFrom('j1', 'j2', 'j3'),
    overlap: fc.constantFrom<OverlapPolicy>('skip', 'queue', 'allow', 'replace'),
    lock: fc.constantFrom(null, 'l1', 'l2'),
    due: fc.nat({ max: 5 }),
    pick: fc.nat(),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 3 }),
      (steps, limit) => {
        const queue = createRunQueue(limit);
        const entries = new Map<string, QueueEntry>();
        const running = new Set<string>();
        const resting = new Set<string>();
        for (const [index, { act, pick, ...rest }] of steps.entries()) {
          if (act === 'offer') {
            const offered = entry(`r${index}`, rest);
            if (queue.offer(offered).kind === 'admitted') entries.set(offered.runId, offered);
          } else {
            const from =
              act === 'rest' ? running : act === 'wake' ? resting : new Set(entries.keys());
            const runId = [...from][pick % Math.max(1, from.size)];
            if (runId === undefined) continue;
            queue[act](runId);
            running.delete(runId);
            resting.delete(runId);
            if (act === 'rest') resting.add(runId);
            if (act === 'remove') entries.delete(runId);
          }
          for (const runId of startAll(queue)) running.add(runId);
          const active = [...running].flatMap((runId) => entries.get(runId) ?? []);
          const locks = active.flatMap(({ lock }) => lock ?? []);
          expect(new Set(locks).size).toBe(locks.length);
          expect(active.length).toBeLessThanOrEqual(limit);
          for (const each of active.filter(({ overlap }) => overlap === 'skip')) {
            const others = active.filter(
              ({ job, runId }) => job === each.job && runId !== each.runId,
            );
            expect(others.filter(({ overlap }) => overlap !== 'allow')).toEqual([]);
          }
        }
        // Whoever is left gets a turn once the others are gone.
        for (const runId of resting) queue.wake(runId);
        for (let left = entries.size; left > 0; left -= 1) {
          for (const runId of startAll(queue)) running.add(runId);
          const [done] = running;
          if (done === undefined) throw new Error('somebody waits for nobody');
          running.delete(done);
          entries.delete(done);
          queue.remove(done);
        }
        expect(entries.size).toBe(0);
      },
    ),
  );
});

test('10,000 runs due at once are handed out quickly and completely', () => {
  const queue = createRunQueue(100);
  for (let index = 0; index < 10_000; index += 1) queue.offer(entry(`r${index}`, { due: 7 }));
  const order: string[] = [];
  for (let started = startAll(queue); started.length > 0; started = startAll(queue)) {
    order.push(...started);
    for (const runId of started) queue.remove(runId);
  }
  expect(order).toEqual(Array.from({ length: 10_000 }, (_, index) => `r${index}`));
});

import { expect, it } from 'vitest';
import { tellObservers } from '../../src/events/tell-observers.ts';
import { memoryLog } from '../record/memory-log.ts';

it('one observer that throws hurts no other and not who emits, and is said once', () => {
  const { logger, lines } = memoryLog();
  const seen: string[] = [];
  let breaks = true;
  const broken = {
    name: 'metrics',
    observe: () => {
      if (breaks) throw new Error('out of order');
    },
  };
  const last = { name: 'board', observe: ({ type }: { type: string }) => void seen.push(type) };
  const tell = tellObservers({ observers: [broken, last], mask: (event) => event, logger });
  tell({ type: 'a' });
  tell({ type: 'b' });
  expect(seen).toEqual(['a', 'b']);
  expect(lines()).toMatchObject([{ error: expect.stringContaining('out of order') }]);
  expect(lines()[0]?.['msg']).toBe(
    'What happened (a) could not be told to: metrics. Jobs and the others go on.',
  );
  breaks = false;
  tell({ type: 'c' });
  breaks = true;
  tell({ type: 'd' });
  expect(lines()).toHaveLength(2);
});

it('an event whose secrets cannot be taken out is told to nobody, and hurts nobody', () => {
  const { logger, lines } = memoryLog();
  const seen: object[] = [];
  const board = { name: 'board', observe: (event: object) => void seen.push(event) };
  const mask = (event: { type: string }) => {
    if (seen.length === 0 && event.type === 'unmaskable') throw new Error('out of order');
    return { ...event, masked: true };
  };
  const tell = tellObservers({ observers: [board], mask, logger });
  tell({ type: 'unmaskable' });
  tell({ type: 'a' });
  expect(seen).toEqual([{ type: 'a', masked: true }]);
  expect(lines()).toHaveLength(1);
});

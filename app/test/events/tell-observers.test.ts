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
  const tell = tellObservers([broken, last], logger);
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

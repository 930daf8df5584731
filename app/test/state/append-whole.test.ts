import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { appendWhole } from '../../src/state/append-whole.ts';
import { canMount, mountSmallDisk } from '../record/small-disk.ts';

it.runIf(canMount)(
  'a disk that takes the beginning only is an error, and not a line that is whole (needs the right to mount)',
  () => {
    const disk = mountSmallDisk(1);
    const path = join(disk.path, 'log');
    const descriptor = openSync(path, 'a');
    try {
      appendWhole(descriptor, 'x'.repeat(100));
      disk.fill();
      // What is left of its page is taken; one write tells that by a number, and throws nothing.
      expect(() => appendWhole(descriptor, 'y'.repeat(8192))).toThrow('ENOSPC');
      expect(readFileSync(path, 'utf8')).toMatch(/^x{100}y{3996}$/);
    } finally {
      closeSync(descriptor);
      disk.remove();
    }
  },
);

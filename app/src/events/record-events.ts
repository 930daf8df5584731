import { z } from 'zod';
import { defineEvent, defineKeptEvent } from './define-event.ts';
import { count, eventSchema, text } from './fields.ts';
import { noteDroppedOutput } from './storing/note-dropped-output.ts';
import { beginInstance } from './storing/begin-instance.ts';
import { takeCorrectedTime } from './storing/take-corrected-time.ts';

/** The wall clock shows an earlier time than before: what was told by it happened before `at`. */
export const clockSetBack = defineKeptEvent({
  type: 'clock_set_back',
  told: eventSchema('clock_set_back', {}),
  schema: eventSchema('clock_set_back', { owner: z.uuid() }),
  keep: (event, { origin }) => ({ ...event, owner: origin.owner }),
  storing: {
    kind: 'single',
    store: (client, { owner, at }) => takeCorrectedTime(client, owner, at),
  },
});

/** The first entry of a supervisor. The record tells it to itself. */
export const supervisorStarted = defineEvent({
  type: 'supervisor_started',
  schema: eventSchema('supervisor_started', { owner: z.uuid(), instance: z.uuid(), host: text }),
  storing: { kind: 'single', store: beginInstance },
});

/** Output that had to make room, by run. The record tells it to itself. */
export const outputDropped = defineEvent({
  type: 'output_dropped',
  schema: eventSchema('output_dropped', { bytesByRun: z.record(z.uuid(), count) }),
  storing: { kind: 'single', store: noteDroppedOutput },
});

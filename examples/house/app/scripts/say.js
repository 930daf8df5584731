import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A number that looks like one of today. */
export const some = (least, most) => Math.round(least + Math.random() * (most - least));

/** Says lines one after the other, as work that takes its time does. */
export async function work(...lines) {
  for (const line of lines) {
    await pause(some(100, 400));
    console.log(line);
  }
}

/** What is worth a line in the list of runs. */
export function result(text) {
  const file = process.env.GITCRON_RESULT_FILE;
  if (file !== undefined) writeFileSync(file, text);
}

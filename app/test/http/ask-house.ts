import { expect } from 'vitest';
import type { z } from 'zod';
import { runView } from '../../src/api/run.ts';
import { post, type House } from './house.ts';

/** Runs a job to its end. @returns the id of its run. */
export async function runToEnd(house: House, job: string, params = {}): Promise<string> {
  const answer = await house.control(`/scripts/${job}?wait=30`, post(params));
  return runView.parse(await answer.json()).id;
}

/** What a path answers, which has to be well and as the contract says. */
export async function answerOf<Schema extends z.ZodType>(
  house: House,
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const answer = await house.control(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return schema.parse(await answer.json());
}

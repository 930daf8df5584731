import type { z } from 'zod';
import type { jobParamView } from '../../../../src/api/job-param.ts';

export type Params = Readonly<Record<string, unknown>>;

/** What is left empty is not given: then its default holds, if it has one. */
export function declaredParams(
  declared: readonly z.output<typeof jobParamView>[],
  form: FormData,
): Params {
  return Object.fromEntries(
    declared.flatMap(({ name }) => {
      const value = form.get(name);
      return typeof value !== 'string' || value === '' ? [] : [[name, value]];
    }),
  );
}

/** @returns `not JSON` where it is none, or no object. */
export function freeParams(form: FormData): Params | 'not JSON' {
  const text = form.get('json');
  if (typeof text !== 'string' || text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : 'not JSON';
  } catch {
    return 'not JSON';
  }
}

function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

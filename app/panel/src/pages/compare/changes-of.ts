import type { PlannedJob } from '../../../../src/api/plan.ts';

export interface Change {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

const NONE = 'not set';

/** What is different in a job, setting by setting; where it stands in the file is no difference. */
export function changesOf(from: PlannedJob, to: PlannedJob): readonly Change[] {
  const [before, after] = [flat(from), flat(to)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((what) => {
    const change = { what, before: before[what] ?? NONE, after: after[what] ?? NONE };
    return change.before === change.after ? [] : [change];
  });
}

function flat(job: PlannedJob): Record<string, string> {
  const { slug: _slug, line: _line, environment, settings, ...own } = job;
  return {
    ...texts(own, ''),
    ...texts(environment, ''),
    ...texts(settings, '@'),
  };
}

function texts(values: Readonly<Record<string, unknown>>, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === null || value === undefined || value === ''
        ? []
        : [[`${prefix}${name}`, typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
  );
}

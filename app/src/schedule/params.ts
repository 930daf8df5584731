import type { JobParamView } from '../api/job-param.ts';
import type { Job } from './job.ts';

/** What a run is started with. */
export type Params = Readonly<Record<string, unknown>>;

/** What a run gets that nobody gives anything: the defaults; null where there are none. */
export function defaultParams({ params }: Pick<Job, 'params'>): Params | null {
  const defaults = params.flatMap(({ name, given }) =>
    given.kind === 'default' ? [[name, given.value] as const] : [],
  );
  return defaults.length === 0 ? null : Object.fromEntries(defaults);
}

export type Filled =
  | { readonly kind: 'filled'; readonly params: Params | null }
  | {
      readonly kind: 'wrong';
      readonly missing: readonly string[];
      readonly undeclared: readonly string[];
    };

/** What is given, with the defaults of what is not. A job that declares nothing takes everything. */
export function fillParams(job: Pick<Job, 'params'>, given: Params | null): Filled {
  if (job.params.length === 0) return { kind: 'filled', params: given };
  const declared = new Set(job.params.map(({ name }) => name));
  const undeclared = Object.keys(given ?? {}).filter((name) => !declared.has(name));
  const missing = job.params
    .filter((param) => param.given.kind === 'required' && !isGiven(given, param.name))
    .map(({ name }) => name);
  if (undeclared.length + missing.length > 0) return { kind: 'wrong', missing, undeclared };
  const defaults = defaultParams(job);
  return { kind: 'filled', params: defaults === null ? given : { ...defaults, ...given } };
}

function isGiven(given: Params | null, name: string): boolean {
  return given !== null && Object.hasOwn(given, name) && given[name] !== null;
}

/** As the API shows them. */
export function viewParams({ params }: Pick<Job, 'params'>): JobParamView[] {
  return params.map(({ name, description, given }) => ({
    name,
    description,
    required: given.kind === 'required',
    default: given.kind === 'default' ? given.value : null,
  }));
}

/** In a line: `month (required), format (default pdf), dry`. */
export function paramsInWords(params: readonly JobParamView[]): string {
  return params
    .map(({ name, required, default: value }) => {
      if (required) return `${name} (required)`;
      return value === null ? name : `${name} (default ${value === '' ? 'empty' : value})`;
    })
    .join(', ');
}

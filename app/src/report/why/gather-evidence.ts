import { isDeepStrictEqual } from 'node:util';
import { MOST_EVIDENCE, WEIGHTS, type Evidence } from '../../api/evidence.ts';
import type { PlannedJob } from '../../api/plan.ts';
import type { PackageChange } from '../../api/release-diff.ts';
import { commitEvidence, fileEvidence, type CodeChanges } from './file-evidence.ts';
import { changedKeys, lineEvidence, type Sides } from './line-evidence.ts';
import { textNamesPackage } from './named-files.ts';
import { fromTo } from './words.ts';

type Params = Readonly<Record<string, unknown>> | null;

/** A run, as far as why it failed depends on it. */
export interface RunFacts {
  readonly job: string;
  readonly status: string;
  readonly trigger: string;
  readonly command: string;
  readonly params: Params;
  readonly host: string;
  readonly error: string | null;
  readonly attempt: number;
  readonly durationMs: number | null;
}

export interface Differences {
  readonly run: RunFacts;
  readonly success: RunFacts;
  /** Null: not remembered; of the same release nothing changed. */
  readonly code: CodeChanges | null;
  readonly line: { readonly from: PlannedJob; readonly to: PlannedJob } | null;
  readonly packages: readonly PackageChange[] | null;
  /** All of the later release; null: not remembered. */
  readonly jobs: readonly PlannedJob[] | null;
  /** When the supervisor of the run was started, where it is another than that of the success. */
  readonly restartedAt: string | null;
}

/** What is not as it was when the job last succeeded, what weighs most first. */
export function gatherEvidence(differences: Differences): Evidence[] {
  const { run, success, code, line, packages, jobs, restartedAt } = differences;
  const sides: Sides = { run, success };
  const ofParams = paramEvidence(success.params, run.params, line?.to ?? null);
  const names = new Set(ofParams.map((one) => (one.kind === 'param' ? one.name : '')));
  const ofLine = line === null ? commandEvidence(success, run) : lineEvidence(line, sides);
  const files =
    code === null
      ? []
      : fileEvidence(code, { ...run, jobs, packages, isLineSame: ofLine.length === 0 });
  return [
    ...(run.status === 'lost' ? [KILLED] : []),
    ...ofParams,
    // What a run was given says it already.
    ...ofLine.filter(
      (one) => one.kind !== 'line' || one.part !== 'parameter' || !names.has(one.name ?? ''),
    ),
    ...files.filter((file) => file.kind === 'file' && file.namedBy !== null),
    ...(packages ?? []).map((change) => packageEvidence(change, run)),
    ...files.filter((file) => file.kind === 'file' && file.namedBy === null),
    ...(code === null ? [] : commitEvidence(code, files)),
    ...hostEvidence(success.host, run.host),
    ...(restartedAt === null ? [] : [restarted(restartedAt)]),
  ];
}

/** The nearest first; what an error names before what is only near. */
export function inOrder(all: readonly Evidence[]): Evidence[] {
  return all.toSorted((a, b) => rank(a) - rank(b)).slice(0, MOST_EVIDENCE);
}

function rank(one: Evidence): number {
  if (one === KILLED) return -1;
  const isNamedByError = one.kind === 'file' && one.namedBy === 'error';
  return WEIGHTS.indexOf(one.weight) * 2 + (isNamedByError ? 0 : 1);
}

const KILLED: Evidence = {
  kind: 'environment',
  weight: 'outside',
  label: 'Gitcron was killed while it ran',
  sentence: 'Gitcron was killed while it ran, and it ended with it.',
  name: null,
  from: null,
  to: null,
};

function paramEvidence(from: Params, to: Params, line: PlannedJob | null): Evidence[] {
  return changedKeys(from ?? {}, to ?? {}).map((name) => {
    const [before, now] = [from, to].map((params) => textOf(params?.[name]));
    const declared = line?.params?.find((param) => param.name === name)?.default ?? null;
    const isDefault = declared !== null && declared === now;
    const label = `its parameter ${name}: ${fromTo(before ?? null, now ?? null)}`;
    const why = isDefault ? ', the default in the crontab' : '';
    return {
      kind: 'param',
      weight: 'own',
      label,
      sentence: `It ran with another parameter ${name}: ${fromTo(before ?? null, now ?? null)}${why}.`,
      name,
      from: before ?? null,
      to: now ?? null,
    };
  });
}

function textOf(value: unknown): string | null {
  if (value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What the runs themselves know where releases are forgotten. */
function commandEvidence(success: RunFacts, run: RunFacts): Evidence[] {
  if (success.command === run.command) return [];
  const label = `its command: ${fromTo(success.command, run.command)}`;
  const { command: from } = success;
  const common = { kind: 'line', weight: 'own', part: 'command', name: null } as const;
  return [
    {
      ...common,
      label,
      sentence: `Its line in the crontab: ${label}.`,
      from,
      to: run.command,
      line: null,
    },
  ];
}

const LANGUAGES = {
  node: /(?:^|[\s/])(?:node|npm|npx|pnpm|yarn|tsx|ts-node|bun|deno)\s|\.[cm]?[jt]sx?(?:\s|$)/,
  python: /(?:^|[\s/])python[\d.]*\s|\.py(?:\s|$)/,
} as const;

function packageEvidence(change: PackageChange, { command, error }: RunFacts): Evidence {
  const { language, name, from, to } = change;
  const [before, now] = [from.join(', '), to.join(', ')];
  const label =
    before === ''
      ? `${name} ${now} (new)`
      : now === ''
        ? `${name} ${before} (gone)`
        : `${name} ${before} → ${now}`;
  const isNamed = textNamesPackage(error ?? '', name);
  const other = language === 'node' ? 'python' : 'node';
  const isOther = LANGUAGES[other].test(command) && !LANGUAGES[language].test(command);
  const weight = isNamed ? 'own' : isOther ? 'others' : 'shared';
  const kind = language === 'python' ? 'Python package' : 'Package';
  const why = isNamed ? ', and the error names it' : '';
  return { kind: 'package', weight, label, sentence: `${kind} ${label}${why}.`, ...change };
}

function hostEvidence(from: string, to: string): Evidence[] {
  if (from === to) return [];
  const label = `another machine: ${fromTo(from, to)}`;
  return [{ kind: 'host', weight: 'outside', label, sentence: `It ran on ${label}.`, from, to }];
}

function restarted(at: string): Evidence {
  return {
    kind: 'environment',
    weight: 'outside',
    label: 'Gitcron was started again in between',
    sentence:
      'Gitcron was started again in between: its settings and its image may be others, which is not compared.',
    name: null,
    from: null,
    to: at,
  };
}

/**
 * What changed until the job began to fail so, as it was then, and what changed later. What is not so any
 * more is neither: it fails all the same.
 */
export function asItBegan(all: readonly Evidence[], atFirst: readonly Evidence[]): Evidence[] {
  return all.map((one) => {
    const before = atFirst.find((other) => isSameThing(one, other));
    if (one === KILLED || before !== undefined) return before ?? one;
    const sentence = `${one.sentence.replace(/\.$/, '')}; it had failed so before that.`;
    return { ...one, weight: 'later', sentence };
  });
}

function isSameThing(one: Evidence, other: Evidence): boolean {
  return one.kind === other.kind && isDeepStrictEqual(keyOf(one), keyOf(other));
}

function keyOf(one: Evidence): unknown {
  switch (one.kind) {
    case 'commit':
      return one.commit.hash;
    case 'file':
      return one.path;
    case 'line':
      return [one.part, one.name];
    case 'package':
      return [one.language, one.name];
    case 'param':
    case 'environment':
      return one.name;
    case 'host':
      return null;
  }
  return one satisfies never;
}

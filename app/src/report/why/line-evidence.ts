import { isDeepStrictEqual } from 'node:util';
import prettyMs from 'pretty-ms';
import type { Evidence } from '../../api/evidence.ts';
import type { JobParamView } from '../../api/job-param.ts';
import type { PlannedJob } from '../../api/plan.ts';
import { fromTo, shown } from './words.ts';

type Weight = Evidence['weight'];

/** The runs on both sides, as far as the weight of a change to the line depends on them. */
export interface Sides {
  readonly run: { readonly status: string; readonly trigger: string };
  readonly success: { readonly attempt: number; readonly durationMs: number | null };
}

/** What changed in a job's own line and in the comment lines above it. */
export function lineEvidence(
  { from, to }: { readonly from: PlannedJob; readonly to: PlannedJob },
  sides: Sides,
): Evidence[] {
  const line = (
    part: Extract<Evidence, { kind: 'line' }>['part'],
    weight: Weight,
    words: { readonly name?: string; readonly title: string; readonly more?: string },
    [before, now]: readonly [string | null, string | null],
  ): Evidence[] => {
    if (before === now) return [];
    const label = `${words.title}: ${fromTo(before, now)}`;
    const sentence = `Its line in the crontab: ${label}${words.more ?? ''}.`;
    const { name = null } = words;
    return [
      { kind: 'line', weight, label, sentence, part, name, from: before, to: now, line: to.line },
    ];
  };
  const isScheduled = ['schedule', 'catch_up', 'boot'].includes(sides.run.trigger);
  const ofSchedule: Weight = isScheduled ? 'own' : 'others';
  return [
    ...line('command', 'own', { title: 'its command' }, [from.command, to.command]),
    ...environmentEvidence(from.environment, to.environment),
    ...settingChanges(from.settings, to.settings).flatMap(({ name, before, now }) =>
      line(
        'setting',
        settingWeight(name, { before, now }, sides),
        { name, title: settingName(name), ...settingHint(name, sides) },
        [settingText(name, before), settingText(name, now)],
      ),
    ),
    ...paramChanges(from.params ?? to.params ?? [], to.params ?? from.params ?? []).flatMap(
      ({ name, before, now }) =>
        line('parameter', 'own', { name, title: `@param ${name}` }, [before, now]),
    ),
    ...line('name', 'own', { title: 'its name' }, [from.slug, to.slug]),
    ...line('schedule', ofSchedule, { title: 'its schedule' }, [from.schedule, to.schedule]),
    // Only a schedule of times has one.
    ...(from.zone === null || to.zone === null
      ? []
      : line('zone', ofSchedule, { title: 'its time zone' }, [from.zone, to.zone])),
    ...line('description', 'others', { title: 'its description' }, [
      from.description,
      to.description,
    ]),
  ];
}

function environmentEvidence(
  from: PlannedJob['environment'],
  to: PlannedJob['environment'],
): Evidence[] {
  return changedKeys(from, to).map((name) => {
    const [before, now] = [from[name] ?? null, to[name] ?? null];
    const label = `${name}: ${fromTo(before, now)}`;
    const sentence = `A variable in the crontab: ${label}.`;
    return { kind: 'environment', weight: 'own', label, sentence, name, from: before, to: now };
  });
}

type Setting = unknown;

function settingChanges(from: PlannedJob['settings'], to: PlannedJob['settings']) {
  return changedKeys(from, to).map((name) => ({ name, before: from[name], now: to[name] }));
}

/** A setting can end a run or keep it from another attempt; the others say when and for whom it runs. */
function settingWeight(
  name: string,
  { before, now }: { readonly before: Setting; readonly now: Setting },
  { run, success }: Sides,
): Weight {
  if (name === 'timeoutMs' || name === 'graceMs') {
    return run.status === 'timed_out' && name === 'timeoutMs' ? 'own' : 'others';
  }
  if (name === 'retries') {
    return success.attempt > 1 && Number(now) < Number(before) ? 'own' : 'others';
  }
  return name === 'overlap' || name === 'lock' ? 'shared' : 'others';
}

function settingHint(name: string, { run, success }: Sides): { readonly more?: string } {
  if (name === 'timeoutMs' && run.status === 'timed_out' && success.durationMs !== null) {
    return { more: `; its last success took ${prettyMs(success.durationMs)}` };
  }
  if (name === 'retries' && success.attempt > 1) {
    return { more: `; its last success took ${success.attempt} attempts` };
  }
  return {};
}

function settingName(name: string): string {
  return `@${name.replace(/Ms$/, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function settingText(name: string, value: Setting): string | null {
  if (value === null || value === undefined) return null;
  if (name.endsWith('Ms') && typeof value === 'number') return prettyMs(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function paramChanges(from: readonly JobParamView[], to: readonly JobParamView[]) {
  const names = new Set([...from, ...to].map(({ name }) => name));
  return [...names].map((name) => ({
    name,
    before: declared(from, name),
    now: declared(to, name),
  }));
}

function declared(params: readonly JobParamView[], name: string): string | null {
  const param = params.find((one) => one.name === name);
  if (param === undefined) return null;
  return param.required
    ? 'required'
    : param.default === null
      ? 'optional'
      : `default ${shown(param.default)}`;
}

export function changedKeys(
  from: Readonly<Record<string, unknown>>,
  to: Readonly<Record<string, unknown>>,
): string[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(
    (name) => !isDeepStrictEqual(from[name], to[name]),
  );
}

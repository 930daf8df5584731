import { settingFacts, type Environment, type SettingFacts } from '@gitcron/base/environment';
import { z } from 'zod';
import type { SettingView } from '../api/system.ts';
import { settingsSchema, type Settings } from './settings.ts';
import { withUtcForEmptyZone } from './time-zone.ts';

export interface SettingsSource {
  readonly settings: Settings;
  readonly environment: Environment;
  /** What whoever started the supervisor decided, whatever the environment says. */
  readonly byStart: ReadonlySet<string>;
  readonly maskText: (text: string) => string;
}

/** Every setting with its value and where that comes from; never a secret. */
export function settingsInForce(source: SettingsSource): SettingView[] {
  const environment = withUtcForEmptyZone(source.environment);
  const values: Readonly<Record<string, unknown>> = source.settings;
  return Object.entries(settingsSchema.shape).map(([name, schema]) => {
    const { secret, unit = null } = factsOf(schema);
    const given = environment[name] || undefined;
    const file = fileOf(name, values);
    const value = textOf(values[name], given);
    const isHeldByFile = value === null && file !== null;
    return {
      name,
      value: secret === 'whole' || value === null ? null : source.maskText(shown(value, secret)),
      isSet: value !== null || isHeldByFile,
      isSecret: secret !== undefined,
      from: originOf({ isHeldByFile, byStart: source.byStart.has(name), given }),
      file: isHeldByFile ? file : null,
      unit,
    };
  });
}

function originOf(how: {
  readonly isHeldByFile: boolean;
  readonly byStart: boolean;
  readonly given: string | undefined;
}): SettingView['from'] {
  if (how.byStart) return 'start';
  if (how.isHeldByFile) return 'file';
  return how.given === undefined ? 'default' : 'environment';
}

/** `NAME_FILE` of the schema holds what `NAME` would. */
function fileOf(name: string, values: Readonly<Record<string, unknown>>): string | null {
  const file = values[`${name}_FILE`];
  return typeof file === 'string' ? file : null;
}

/** A list and a user are shown as they are written. */
function textOf(value: unknown, given: string | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return given ?? value.join(',');
  return typeof value === 'string' ? value : (given ?? JSON.stringify(value));
}

/** Of a URL that may hold a password: who, where and what. A query may hold one, too. */
function shown(text: string, secret: SettingFacts['secret']): string {
  if (secret === undefined) return text;
  if (!URL.canParse(text)) return '***';
  const { protocol, username, password, host, pathname } = new URL(text);
  const who = `${username}${password === '' ? '' : ':***'}`;
  return `${protocol}//${who === '' ? '' : `${who}@`}${host}${pathname}`;
}

/** What is said of a schema, or of what it wraps. */
function factsOf(schema: z.core.$ZodType): SettingFacts {
  const facts = settingFacts.get(schema);
  if (facts !== undefined) return facts;
  const isWrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional;
  return isWrapped ? factsOf(schema.unwrap()) : {};
}

import { resolve } from 'node:path';
import { z } from 'zod';
import {
  flag,
  readableFile,
  readEnvironment,
  whenRight,
  wholeNumber,
  type Environment,
} from '@gitcron/base/environment';
import { logSettings } from '@gitcron/base/log-settings';
import { parseRemote, type Remote } from './remote.ts';
import { readSecretFile } from '@gitcron/base/secret-file';
import { LEAST_SECRET_LENGTH, readWebhookSecret } from '@gitcron/base/webhook-secret';

const seconds = (min: number, max: number) => wholeNumber({ min, max, unit: 'seconds' });
const port = () => wholeNumber({ min: 1, max: 65_535, unit: 'a port' });

/** A branch, a tag, a full ref or a hash: what git-check-ref-format(1) allows, and nothing git could take for an option or a pattern. */
const REF_NAME =
  /^(?![-/.]|.*(?:\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)))[^\0-\x20\x7f~^:?*[\\]+(?<![/.])$/;

const shape = {
  GIT_SYNC_REPO: z
    .string({
      error: 'not set: give the URL of your scripts repository, or the path of one on this machine',
    })
    .transform((text, context): Remote => {
      const remote = parseRemote(text);
      if (!('problem' in remote)) return remote;
      context.addIssue({ code: 'custom', message: remote.problem });
      return z.NEVER;
    }),
  GIT_SYNC_BRANCH: z.string().regex(REF_NAME, 'expected a branch, a tag or a hash').default('main'),
  GIT_SYNC_ROOT: z.string().default('/code'),
  GIT_SYNC_WAIT: seconds(1, 86_400).default(30),
  GIT_SYNC_TIMEOUT: seconds(1, 3_600).default(60),
  GIT_SYNC_ONCE: flag().default(false),
  GIT_SYNC_DEPTH: wholeNumber({ min: 0, max: 1_000_000, unit: 'commits' }).default(1),
  GIT_SYNC_SUBMODULES: z
    .enum(['recursive', 'direct', 'off'], { error: 'expected recursive, direct or off' })
    .default('recursive'),
  GIT_SYNC_KEEP: wholeNumber({ min: 1, max: 10_000, unit: 'revisions' }).default(10),
  GIT_SYNC_KEEP_SEC: seconds(0, 31_536_000).default(3_600),
  GIT_SYNC_USERNAME: z.string().default('git'),
  GIT_SYNC_PASSWORD: z.string().optional(),
  GIT_SYNC_PASSWORD_FILE: readableFile().optional(),
  GIT_SYNC_SSH_KEY_FILE: readableFile().optional(),
  GIT_SYNC_SSH_KNOWN_HOSTS_FILE: readableFile().optional(),
  GIT_SYNC_VERIFY_SIGNERS_FILE: readableFile().optional(),
  GIT_SYNC_CA_FILE: readableFile().optional(),
  GIT_SYNC_HTTP_PORT: port().optional(),
  GIT_SYNC_HEALTH_SEC: seconds(1, 86_400).default(600),
  GIT_SYNC_WEBHOOK_PORT: port().optional(),
  GIT_SYNC_WEBHOOK_SECRET: z
    .string()
    .min(LEAST_SECRET_LENGTH, `expected at least ${LEAST_SECRET_LENGTH} characters`)
    .optional(),
  GIT_SYNC_WEBHOOK_SECRET_FILE: readableFile(LEAST_SECRET_LENGTH).optional(),
  ...logSettings,
};

/** Every setting of git-sync. `.env.example` explains each one; a test holds the two together. */
export const settingsSchema = z.object(shape);

const webhookSecretNames = ['GIT_SYNC_WEBHOOK_SECRET', 'GIT_SYNC_WEBHOOK_SECRET_FILE'] as const;

const consistent = settingsSchema
  .refine((given) => !(given.GIT_SYNC_PASSWORD && given.GIT_SYNC_PASSWORD_FILE), {
    path: ['GIT_SYNC_PASSWORD_FILE'],
    error: 'set this or GIT_SYNC_PASSWORD, not both',
    when: whenRight('GIT_SYNC_PASSWORD', 'GIT_SYNC_PASSWORD_FILE'),
  })
  .refine((given) => !webhookSecretNames.every((name) => given[name]), {
    path: ['GIT_SYNC_WEBHOOK_SECRET_FILE'],
    error: 'set this or GIT_SYNC_WEBHOOK_SECRET, not both',
    when: whenRight(...webhookSecretNames),
  })
  .refine(
    (given) => !given.GIT_SYNC_WEBHOOK_PORT || webhookSecretNames.some((name) => given[name]),
    {
      path: ['GIT_SYNC_WEBHOOK_PORT'],
      error: 'needs GIT_SYNC_WEBHOOK_SECRET or GIT_SYNC_WEBHOOK_SECRET_FILE',
      when: whenRight('GIT_SYNC_WEBHOOK_PORT', ...webhookSecretNames),
    },
  )
  .refine((given) => given.GIT_SYNC_HEALTH_SEC > given.GIT_SYNC_WAIT, {
    path: ['GIT_SYNC_HEALTH_SEC'],
    error: 'must be longer than GIT_SYNC_WAIT',
    when: whenRight('GIT_SYNC_HEALTH_SEC', 'GIT_SYNC_WAIT'),
  });

/** A secret that is read anew each time it is needed, so that a changed file needs no restart. */
export type Secret = () => string;

/** What git-sync does, in its own words and units. */
export interface SyncSettings {
  readonly remote: Remote;
  /** A branch, tag or hash. */
  readonly ref: string;
  readonly root: string;
  readonly waitMs: number;
  /** How long git may be silent before it is ended. */
  readonly silenceMs: number;
  /** Commits of history to fetch; 0 is all. */
  readonly depth: number;
  readonly submodules: 'recursive' | 'direct' | 'off';
  readonly keep: { readonly count: number; readonly ageMs: number };
  readonly username: string;
  readonly password: Secret | null;
  readonly sshKeyFile: string | null;
  readonly sshKnownHostsFile: string | null;
  readonly signersFile: string | null;
  /** Authorities besides the system's, in PEM. */
  readonly caFile: string | null;
}

export interface ProgramSettings extends Pick<
  z.output<typeof settingsSchema>,
  'LOG_FORMAT' | 'LOG_LEVEL'
> {
  readonly sync: SyncSettings;
  readonly once: boolean;
  /** Port of `/healthz` and `/metrics`. */
  readonly httpPort: number | null;
  /** `/healthz` answers 503 when the last success is older. */
  readonly healthMs: number;
  readonly webhook: { readonly port: number; readonly secret: Secret } | null;
}

/** @throws SettingsError with every mistake at once. */
export function readSettings(environment: Environment): ProgramSettings {
  const values = readEnvironment(consistent, environment, ['GIT_SYNC_']);
  const webhookSecret = secret(values, 'GIT_SYNC_WEBHOOK_SECRET', readWebhookSecret);
  return {
    LOG_FORMAT: values.LOG_FORMAT,
    LOG_LEVEL: values.LOG_LEVEL,
    once: values.GIT_SYNC_ONCE,
    httpPort: values.GIT_SYNC_HTTP_PORT ?? null,
    healthMs: values.GIT_SYNC_HEALTH_SEC * 1000,
    webhook:
      values.GIT_SYNC_WEBHOOK_PORT === undefined || webhookSecret === null
        ? null
        : { port: values.GIT_SYNC_WEBHOOK_PORT, secret: webhookSecret },
    sync: {
      remote: values.GIT_SYNC_REPO,
      ref: values.GIT_SYNC_BRANCH,
      root: resolve(values.GIT_SYNC_ROOT),
      waitMs: values.GIT_SYNC_WAIT * 1000,
      silenceMs: values.GIT_SYNC_TIMEOUT * 1000,
      depth: values.GIT_SYNC_DEPTH,
      submodules: values.GIT_SYNC_SUBMODULES,
      keep: { count: values.GIT_SYNC_KEEP, ageMs: values.GIT_SYNC_KEEP_SEC * 1000 },
      username: values.GIT_SYNC_USERNAME,
      password: secret(values, 'GIT_SYNC_PASSWORD', readPassword),
      sshKeyFile: values.GIT_SYNC_SSH_KEY_FILE ?? null,
      sshKnownHostsFile: values.GIT_SYNC_SSH_KNOWN_HOSTS_FILE ?? null,
      signersFile: values.GIT_SYNC_VERIFY_SIGNERS_FILE ?? null,
      caFile: values.GIT_SYNC_CA_FILE ?? null,
    },
  };
}

function secret(
  values: z.output<typeof settingsSchema>,
  name: 'GIT_SYNC_PASSWORD' | 'GIT_SYNC_WEBHOOK_SECRET',
  read: (setting: string, file: string) => string,
): Secret | null {
  const value = values[name];
  const file = values[`${name}_FILE`];
  if (file !== undefined) return () => read(`${name}_FILE`, file);
  return value === undefined ? null : () => value;
}

function readPassword(setting: string, file: string): string {
  return readSecretFile(setting, file).trim();
}

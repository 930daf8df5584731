import { settingFacts, wholeNumber } from '@gitcron/base/environment';
import { LEAST_SECRET_LENGTH } from '@gitcron/base/webhook-secret';
import { isIP } from 'node:net';
import { z } from 'zod';

/** Names that a proxy may have besides an address or a network, see http/access/proxies.ts. */
const NETWORK_NAMES = ['loopback', 'linklocal', 'uniquelocal'];

function isProxy(text: string): boolean {
  const [address = '', bits] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  return NETWORK_NAMES.includes(text) || (isIP(address) !== 0 && isNetwork);
}

const PASSWORD_LETTERS = 12;

const list = z.string().transform((text) => text.split(/[\s,]+/).filter((item) => item !== ''));

/** The settings of the HTTP server, by the names of the environment. */
export const httpSettings = {
  /** 0: no port is opened; commands on the same machine still work. Not set: 8080 if it is free. */
  HTTP_PORT: wholeNumber({ min: 0, max: 65_535, unit: 'a port' })
    .register(settingFacts, {})
    .optional(),
  HTTP_HOST: z.string().default('127.0.0.1'),
  /** Besides localhost and IP addresses. */
  HTTP_ALLOWED_HOSTS: list
    .refine(
      (names) => names.every((name) => /^[a-z0-9.-]+$/i.test(name)),
      'expected host names without port, such as cron.example.com',
    )
    .transform((names) => names.map((name) => name.toLowerCase()))
    .default([]),
  TRUST_PROXY: list
    .refine(
      (proxies) => proxies.every(isProxy),
      `expected addresses, networks such as 10.0.0.0/8, or ${NETWORK_NAMES.join(', ')}`,
    )
    .default([]),
  ADMIN_PASSWORD: z
    .string()
    .min(PASSWORD_LETTERS, `expected at least ${PASSWORD_LETTERS} characters`)
    .register(settingFacts, { secret: 'whole' })
    .optional(),
  /** Looked at when the API is started, and by it: a wrong one must not stop jobs. */
  ADMIN_PASSWORD_FILE: z.string().optional(),
  /** Where git-sync listens for webhooks: `gitcron sync` asks there. */
  SYNC_WEBHOOK_URL: z
    .url({ protocol: /^https?$/, error: 'expected http://HOST:PORT/webhook' })
    .register(settingFacts, { secret: 'inside' })
    .optional(),
  SYNC_WEBHOOK_SECRET: z
    .string()
    .min(LEAST_SECRET_LENGTH, `expected at least ${LEAST_SECRET_LENGTH} characters`)
    .register(settingFacts, { secret: 'whole' })
    .optional(),
  /** Read at each use. */
  SYNC_WEBHOOK_SECRET_FILE: z.string().optional(),
};

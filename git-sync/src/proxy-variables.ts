import type { Environment } from '@gitcron/base/environment';

/** What names a proxy, and what names the hosts that need none (curl(1), ENVIRONMENT). */
const NAMES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'] as const;

/**
 * The way out, as git and git-lfs take it. curl reads HTTP_PROXY in small letters only, because a web
 * server could be made to set it for a CGI program, which git-sync is not; people write all of them in
 * capitals.
 */
export function proxyVariables(environment: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = environment[name] || environment[name.toUpperCase()];
      return value ? [[name, value]] : [];
    }),
  );
}

export function hasProxy(environment: Environment): boolean {
  return Object.keys(proxyVariables(environment)).some((name) => name !== 'no_proxy');
}

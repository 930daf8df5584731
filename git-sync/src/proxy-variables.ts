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

/** The same for our own requests, which know HTTP proxies only; null where another kind is the way out. */
export function webProxies(environment: Environment): Readonly<Record<string, string>> | null {
  const { all_proxy: all, ...own } = proxyVariables(environment);
  const proxies = all === undefined ? own : { http_proxy: all, https_proxy: all, ...own };
  const urls = [proxies['http_proxy'], proxies['https_proxy']].filter((url) => url !== undefined);
  return urls.every((url) => /^https?:\/\//i.test(url)) ? proxies : null;
}

/**
 * A password with a `/`, `?` or `#` as it is: git takes the URL to end there, and what comes before for
 * the proxy's name, which it and git-lfs repeat in what they say.
 */
const CUT_LOGIN = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^:/?#@]*(:(?!\d+[/?#])[^/?#@]+)[/?#].*@/i;

/** Takes out what is left of the proxies' passwords when a URL is cut in the middle of one. */
export function withoutCutPasswords(text: string, environment: Environment): string {
  const cut = Object.values(proxyVariables(environment)).map((url) => CUT_LOGIN.exec(url)?.[1]);
  return cut.reduce<string>((said, part) => (part ? said.replaceAll(part, ':***') : said), text);
}

/** What has to be said of the proxy on the way to a URL, if no program can use it. */
export function proxyProblem(environment: Environment, { protocol, hostname }: URL): string | null {
  const { no_proxy: exempt = '', ...proxies } = proxyVariables(environment);
  const isExempt = exempt
    .split(/[\s,]+/)
    .map((name) => name.replace(/^\./, ''))
    .some((name) => name === '*' || (name !== '' && `.${hostname}`.endsWith(`.${name}`)));
  const name = [`${protocol.slice(0, -1)}_proxy`, 'all_proxy'].find((known) => known in proxies);
  if (isExempt || name === undefined || !CUT_LOGIN.test(proxies[name] ?? '')) return null;
  return `The password in ${name.toUpperCase()} has a “/”, “?” or “#” in it, which ends a URL: write %2F, %3F or %23 in its place.`;
}

import { vi } from 'vitest';

/** Takes this machine's proxies out of the environment, until `vi.unstubAllEnvs`. */
export function forgetProxies(): void {
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toUpperCase(), undefined);
  }
}

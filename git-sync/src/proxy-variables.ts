/** What names a proxy to libcurl, and so to git (curl(1), ENVIRONMENT). */
export const PROXY_VARIABLES: readonly string[] = [
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
];

/** What to do where a package registry cannot be reached; it is tried again by itself. */
export const NETWORK_HINTS = {
  silence:
    'The package registry, or the proxy before it, does not answer as it should. See that it is up and can be reached from here; it is tried again by itself.',
  certificate:
    'The certificate of the package registry, or of a proxy that opens its connections, is of an authority that is not known here: NODE_EXTRA_CA_CERTS names it for npm, pnpm and yarn, PIP_CERT for pip (docs/git-sync.md, "Behind a proxy, and with an authority of your own"). Or it has expired, or is of another host. It is tried again by itself.',
  proxy:
    'The proxy wants a user name and password, or others than it got: see HTTPS_PROXY and HTTP_PROXY (http://USER:PASSWORD@HOST:PORT, with special characters as %XX). It is tried again by itself.',
} as const;

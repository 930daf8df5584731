import type { Diagnosis } from './dependency-manager.ts';
import { NETWORK_HINTS } from './network-hints.ts';

/**
 * pip, uv and yarn 1 have one exit status for everything and no codes of their own: that nobody
 * answers as well as that the list is wrong. But they pass on what the system or the library below
 * them calls a failed connection: the name of an errno, of an exception's class, or the status that
 * a server answered with. What else they write is not looked at. The first that fits.
 */
const SIGNS: readonly { readonly sign: RegExp; readonly hint: string }[] = [
  {
    sign: /\b(SSL(CertVerification)?Error|CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT_IN_CHAIN)\b|\bInvalid peer certificate: \w+/i,
    hint: NETWORK_HINTS.certificate,
  },
  {
    sign: /\bstatusCode=407\b|\b407 Proxy Authentication Required\b/,
    hint: NETWORK_HINTS.proxy,
  },
  {
    sign: /\b(ECONNREFUSED|ECONNRESET|ECONNABORTED|ESOCKETTIMEDOUT|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|EPIPE|(NewConnection|ConnectTimeout|ReadTimeout|NameResolution|Proxy|ConnectionReset|ConnectionRefused|Protocol|IncompleteRead)Error|RemoteDisconnected|IncompleteRead)\b|\(os error (104|110|111|113)\)/,
    hint: NETWORK_HINTS.silence,
  },
  {
    // pip, of an index and of a file of it; yarn 1; uv.
    sign: /\b(5\d\d|408|429) (Server|Client) Error\b|\btoo many (5\d\d|429) error responses\b|\bHTTP error (5\d\d|408|429)\b|"(5\d\d|408|429) [A-Z][A-Za-z ]+"|\bstatus (server|client) error \((5\d\d|408|429)\b/,
    hint: NETWORK_HINTS.silence,
  },
];

/** @param summary its own words in one line, where it has such */
export function diagnoseNetwork(output: string, summary: string | null): Diagnosis {
  const found = SIGNS.find(({ sign }) => sign.test(output));
  if (found !== undefined) return { kind: 'transient', summary, hint: found.hint };
  return {
    kind: 'uncertain',
    summary,
    hint: 'See its output below. If what is asked for is wrong, mend it and push again; if the package registry was away, it comes by itself.',
  };
}

import type { Diagnosis } from './dependency-manager.ts';

/**
 * pip, uv and yarn 1 have one exit status for everything and no codes of their own: that nobody
 * answers as well as that the list is wrong. But they pass on what the system or the library below
 * them calls a lost connection: the name of an errno, of an exception's class. What else they
 * write is not looked at.
 */
const CONNECTION_LOST =
  /\b(ECONNREFUSED|ECONNRESET|ECONNABORTED|E?SOCKETTIMEDOUT|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|EPIPE|(NewConnection|ConnectTimeout|ReadTimeout|NameResolution|Proxy|ConnectionReset|ConnectionRefused|Protocol|IncompleteRead)Error|RemoteDisconnected|IncompleteRead)\b|\(os error (104|110|111|113)\)/;

export function diagnoseNetwork(output: string, summary: string | null): Diagnosis {
  if (CONNECTION_LOST.test(output)) {
    return {
      kind: 'transient',
      summary,
      hint: 'The package registry, or the proxy before it, does not answer as it should. See that it is up and can be reached from here; it is tried again by itself.',
    };
  }
  return {
    kind: 'uncertain',
    summary,
    hint: 'See its output below. If what is asked for is wrong, mend it and push again; if the package registry was away, it comes by itself.',
  };
}

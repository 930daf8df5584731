import type { Diagnosis } from './dependency-manager.ts';

/** The network, a registry's own failures, a busy machine: these pass. */
const NETWORK =
  /^(ECONN\w+|E?TIMEDOUT|ESOCKETTIMEDOUT|ERR_SOCKET_TIMEOUT|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|EPIPE|ENETWORK|FETCH_ERROR|UND_ERR_\w+)$/;
const REGISTRY_TROUBLE = /^(E|ERR_PNPM_FETCH_)(5\d\d|408|429)$/;
const NO_SPACE = /^(ENOSPC|EDQUOT)$/;
/** Of a file or directory of this machine; what a registry refuses has other codes. */
const NO_RIGHT = /^(EACCES|EPERM|EROFS)$/;
const BUSY = /^(ENOMEM|EMFILE|ENFILE|EBUSY|EAGAIN)$/;

/** What the error code of a Node package manager means. */
export function diagnoseCode(code: string, sentence: string): Diagnosis {
  const summary = sentence === '' ? code : `${code}: ${sentence}`;
  if (NO_SPACE.test(code)) {
    return {
      kind: 'transient',
      summary,
      hint: 'The disk is full: that of STATE_DIR, of /tmp, or of the download cache. Make room (df -h shows where); it is tried again by itself.',
    };
  }
  if (NO_RIGHT.test(code)) {
    return {
      kind: 'transient',
      summary,
      hint: 'Whoever installs here may not write to that path. Mend its owner and rights, or set HOME or INSTALL_CACHE to a directory that it may write to; it is tried again by itself.',
    };
  }
  if (NETWORK.test(code) || REGISTRY_TROUBLE.test(code)) {
    return {
      kind: 'transient',
      summary,
      hint: 'The package registry does not answer as it should. See that it is up and can be reached from here; it is tried again by itself.',
    };
  }
  return { kind: BUSY.test(code) ? 'transient' : 'permanent', summary };
}

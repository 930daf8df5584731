import type { Diagnosis } from './dependency-manager.ts';

/** What the error codes of npm and pnpm mean, and what to do about them. The first that fits. */
const MEANINGS: readonly (Omit<Diagnosis, 'summary'> & { readonly codes: RegExp })[] = [
  {
    codes: /^(ENOSPC|EDQUOT)$/,
    kind: 'transient',
    hint: 'The disk is full: that of STATE_DIR, of /tmp, or of the download cache. Make room (df -h shows where); it is tried again by itself.',
  },
  {
    // Of a file or directory of this machine; what a registry refuses has other codes.
    codes: /^(EACCES|EPERM|EROFS)$/,
    kind: 'transient',
    hint: 'Whoever installs here may not write to that path. Mend its owner and rights, or set HOME or INSTALL_CACHE to a directory that it may write to; it is tried again by itself.',
  },
  {
    codes:
      /^(ECONN\w+|E?TIMEDOUT|ESOCKETTIMEDOUT|ERR_SOCKET_TIMEOUT|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|EPIPE|ENETWORK|FETCH_ERROR|UND_ERR_\w+|(E|ERR_PNPM_FETCH_)(5\d\d|408|429))$/,
    kind: 'transient',
    hint: 'The package registry does not answer as it should. See that it is up and can be reached from here; it is tried again by itself.',
  },
  { codes: /^(ENOMEM|EMFILE|ENFILE|EBUSY|EAGAIN)$/, kind: 'transient' },
  {
    codes: /^(EUSAGE|ERR_PNPM_OUTDATED_LOCKFILE)$/,
    kind: 'permanent',
    hint: 'Most often the lockfile is not the one of this manifest: run npm install (pnpm install), commit the lockfile, and push again. See the output below.',
  },
  {
    codes: /^(E401|E403|ENEEDAUTH|ERR_PNPM_FETCH_40[13])$/,
    kind: 'permanent',
    hint: 'The registry wants a log-in, or refuses the one that it got: see that the token (NPM_TOKEN for .npmrc, or NPM_CONFIG_*) is set and valid here, then push again or restart Gitcron.',
  },
  {
    codes: /^ENOENT$/,
    kind: 'permanent',
    hint: 'A program or a file that the install needs is not there; the output below names it. Programs such as git have to be on this machine (for the image: in APP_APT_PACKAGES, and build it again); files have to be committed.',
  },
];

/** What the error code of a Node package manager means. */
export function diagnoseCode(code: string, sentence: string): Diagnosis {
  const summary = sentence === '' ? code : `${code}: ${sentence}`;
  const meaning = MEANINGS.find(({ codes }) => codes.test(code));
  if (meaning === undefined) return { kind: 'permanent', summary };
  const { kind, hint } = meaning;
  return { kind, summary, ...(hint === undefined ? {} : { hint }) };
}

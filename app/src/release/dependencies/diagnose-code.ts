import type { Diagnosis } from './dependency-manager.ts';
import { NETWORK_HINTS } from './network-hints.ts';

type Meaning = Omit<Diagnosis, 'summary'> & { readonly codes: RegExp };

/** What the error codes of npm and pnpm mean, and what to do about them. The first that fits. */
const MEANINGS: readonly Meaning[] = [
  {
    // Of a file or directory of this machine; what a registry refuses has other codes.
    codes: /^(EACCES|EPERM|EROFS)$/,
    kind: 'transient',
    hint: 'Whoever installs here may not write to that path. Mend its owner and rights, or, outside of the stack, set HOME or INSTALL_CACHE to a directory that it may write to; it is tried again by itself.',
  },
  {
    codes:
      /^(ECONN\w+|E?TIMEDOUT|ESOCKETTIMEDOUT|ERR_SOCKET_TIMEOUT|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|EPIPE|ENETWORK|FETCH_ERROR|ERR_PNPM_(BROKEN_METADATA_JSON|META_FETCH_FAIL)|UND_ERR_\w+|(E|ERR_PNPM_FETCH_)(5\d\d|408|429))$/,
    kind: 'transient',
    hint: NETWORK_HINTS.silence,
  },
  {
    // Of OpenSSL, as Node's "TLS: X509 certificate error codes" has them.
    codes:
      /^(UNABLE_TO_\w+|CERT_\w+|CRL_\w+|INVALID_(CA|PURPOSE)|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)$/,
    kind: 'transient',
    hint: NETWORK_HINTS.certificate,
  },
  { codes: /^(E|ERR_PNPM_FETCH_)407$/, kind: 'transient', hint: NETWORK_HINTS.proxy },
  { codes: /^(ENOMEM|EMFILE|ENFILE|EBUSY|EAGAIN)$/, kind: 'transient' },
  {
    codes: /^(EUSAGE|ERR_PNPM_OUTDATED_LOCKFILE)$/,
    kind: 'permanent',
    hint: 'Most often the lockfile is not the one of this manifest: run npm install (pnpm install), commit the lockfile, and push again. See the output below.',
  },
  {
    codes: /^ERR_PNPM_(LOCKFILE_BREAKING_CHANGE|NO_LOCKFILE)$/,
    kind: 'permanent',
    hint: 'The lockfile is of another pnpm, which the one here cannot read. Make it again with a newer pnpm (pnpm install), commit it, and push again.',
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
  {
    codes:
      /^(EJSONPARSE|ERESOLVE|EBAD\w+|ENOTSUP|EINVALID\w+|EUNSUPPORTEDPROTOCOL|EUNKNOWNTYPE|EOVERRIDE|EDUPLICATEWORKSPACE|ENOWORKSPACES|EALLOW\w+|ERR_PNPM_(UNSUPPORTED_\w+|INVALID_\w+|PEER_DEP_ISSUES|JSON_PARSE|PATCH_\w+|WORKSPACE_\w+|SPEC_NOT_SUPPORTED_\w+|LOCKFILE_CONFIG_MISMATCH|BROKEN_LOCKFILE|MISSING_TARBALL_INTEGRITY))$/,
    kind: 'permanent',
  },
  {
    codes:
      /^(E404|ETARGET|ENOVERSIONS|ERR_PNPM_FETCH_404|ERR_PNPM_NO_(MATCHING_VERSION|VERSIONS)\w*)$/,
    kind: 'uncertain',
    hint: 'The registry does not know that package or version. One that was published a moment ago comes by itself; if its name or version is wrong, mend the manifest and push again.',
  },
  {
    codes: /^(EINTEGRITY|TAR_\w+|Z_\w+|ENODATA|ERR_PNPM_(TARBALL_\w+|BAD_TARBALL_SIZE))$/,
    kind: 'uncertain',
    hint: 'What was downloaded is not what it should be: a proxy or log-in page that answers for the registry, a download that was cut short, or a lockfile that names another package than the registry has. See who answers at its address; if the lockfile is wrong, mend it and push again.',
  },
];

/**
 * Every other code has two causes: a script of a package that compiles or downloads, or git, whose
 * one status says that its server is away as well as that a commit is not there.
 */
const OTHERS = {
  kind: 'uncertain',
  hint: 'See its output below. If it is a server that is away, it comes by itself; if the manifest, the lockfile or a package is wrong, mend it and push again.',
} as const;

/** What the error code of a Node package manager means. */
export function diagnoseCode(code: string | null, sentence: string): Diagnosis {
  const summary = [code, sentence].filter((part) => part !== null && part !== '').join(': ');
  const meaning = MEANINGS.find(({ codes }) => codes.test(code ?? '')) ?? OTHERS;
  const { kind, hint } = meaning;
  return { kind, summary, ...(hint === undefined ? {} : { hint }) };
}

/** More of a manager's own words than this is not read in a sentence; all of them are in its output. */
const LINES = 6;

/** The first paragraphs of what a manager says, in one line. */
export function inOneLine(words: string, paragraphs: number): string {
  const lines = words
    .split(/\n\s*\n/)
    .slice(0, paragraphs)
    .flatMap((paragraph) => paragraph.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const left = lines.length - LINES;
  return [...lines.slice(0, LINES), ...(left > 0 ? [`(and ${left} lines more)`] : [])].join(' ');
}

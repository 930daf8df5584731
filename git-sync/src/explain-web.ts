import type { IncomingMessage } from 'node:http';
import { CodedError } from '@gitcron/base/coded-error';
import { proxyProblem, webProxies } from './proxy-variables.ts';
import type { SyncSettings } from './settings.ts';
import { authorization, webClient } from './web-client.ts';

/** git has had the patience of the settings already. */
const PATIENCE_MS = 5_000;

/** What a look at a web server found. */
type Finding =
  | { readonly status: number; readonly contentType?: string }
  | { readonly failure: string }
  | null;

/**
 * Why a web server could not be read, where git says so only in words: asked once more, by ourselves.
 *
 * @returns null when it is something else.
 */
export async function explainWeb(
  settings: SyncSettings,
  cause: unknown,
  signal?: AbortSignal,
): Promise<CodedError | null> {
  if (settings.remote.origin === null) return null;
  const place = settings.remote.url;
  const proxy = proxyProblem(process.env, new URL(place));
  if (proxy !== null) {
    return new CodedError('GITCRON_E_PROXY_PASSWORD', 'The proxy’s password cannot be read.', {
      place,
      hint: proxy,
      cause,
    });
  }
  const finding = await lookAt(settings, signal);
  if (finding === null) return null;
  const known = ofFinding(finding, settings);
  return known && new CodedError(known.code, known.sentence, { place, hint: known.hint, cause });
}

/**
 * Whether a server that seems to have no such ref is no Git server at all: of a page git says that it
 * names no refs.
 */
export async function explainNoRef(
  settings: SyncSettings,
  cause: CodedError,
  signal?: AbortSignal,
): Promise<CodedError> {
  if (settings.remote.origin === null || !isPage(await lookAt(settings, signal))) return cause;
  return new CodedError(PAGE.code, PAGE.sentence, {
    place: settings.remote.url,
    hint: PAGE.hint,
    cause,
  });
}

/** No kind of Git server answers with HTML (gitprotocol-http(5)). */
function isPage(finding: Finding): boolean {
  return (
    finding !== null &&
    'status' in finding &&
    finding.status === 200 &&
    /^text\/html\b/i.test(finding.contentType ?? '')
  );
}

const PAGE: Known = {
  code: 'GITCRON_E_REMOTE_PAGE',
  sentence: 'The server answers with a page, not as a Git server.',
  hint: 'Check GIT_SYNC_REPO: it is the URL that git clone takes. If it is right, something answers in the server’s place, such as a page to log in at of a proxy: open the URL with /info/refs behind it.',
};

interface Known {
  readonly code: `GITCRON_E_${string}`;
  readonly sentence: string;
  readonly hint: string;
}

function ofFinding(finding: NonNullable<Finding>, settings: SyncSettings): Known | null {
  if (isPage(finding)) return PAGE;
  return 'status' in finding ? ofStatus(finding.status, settings) : ofTls(finding.failure);
}

function ofStatus(status: number, { password }: SyncSettings): Known | null {
  switch (status) {
    case 404:
    case 410:
      return {
        code: 'GITCRON_E_REMOTE_NO_REPOSITORY',
        sentence: 'The server has no repository at this URL.',
        hint: 'Check GIT_SYNC_REPO. Many servers say so of a private repository, too, to whom may not read it: then check that GIT_SYNC_PASSWORD is a token that may. What was published last stays in place.',
      };
    case 403:
      return {
        code: 'GITCRON_E_REMOTE_PASSWORD',
        sentence:
          password === null
            ? 'The server does not let everybody read the repository.'
            : 'The server knows the credentials and does not let them read the repository.',
        hint: 'Set GIT_SYNC_PASSWORD to a token that may read the repository (its contents; where there is single sign-on, authorized for it). A server that counts requests says so, too, for a while.',
      };
    case 407:
      return {
        code: 'GITCRON_E_PROXY_PASSWORD',
        sentence: 'The proxy wants another password.',
        hint: 'It stands in HTTPS_PROXY (HTTP_PROXY for http://): http://NAME:PASSWORD@HOST:PORT, with %40 for @, %2F for / and %25 for % in the password.',
      };
    default:
      return null;
  }
}

const TRUST_HINT =
  'If it is of an authority of your own, set GIT_SYNC_CA_FILE to that one’s certificate. If not, somebody may stand between here and the server: ask who runs it.';
const CLOCK_HINT =
  'Who runs the server has to renew it. If it is not over, look at the clock of this machine (date).';

/** By the codes of OpenSSL's verification and of Node's TLS (Node.js documentation, tls, errors). */
function ofTls(failure: string): Known | null {
  const code = 'GITCRON_E_REMOTE_TLS';
  switch (failure) {
    case 'CERT_HAS_EXPIRED':
      return { code, sentence: 'The server’s certificate has expired.', hint: CLOCK_HINT };
    case 'CERT_NOT_YET_VALID':
      return { code, sentence: 'The server’s certificate is not valid yet.', hint: CLOCK_HINT };
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_UNTRUSTED':
      return {
        code,
        sentence: 'Nobody who is trusted here vouches for the server’s certificate.',
        hint: TRUST_HINT,
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return {
        code,
        sentence: 'The server’s certificate is for another name.',
        hint: 'Check the name of the server in GIT_SYNC_REPO; who runs it can say which names its certificate has.',
      };
    case 'EPROTO':
      return {
        code,
        sentence: 'The server does not speak TLS as git does.',
        hint: 'Check the port in GIT_SYNC_REPO: at this one there may be a server without TLS (http://), or an old one.',
      };
    default:
      return failure.startsWith('ERR_SSL_') ? ofTls('EPROTO') : null;
  }
}

/** What git asks first (gitprotocol-http(5), Discovering References); redirections are for git. */
async function lookAt(settings: SyncSettings, signal?: AbortSignal): Promise<Finding> {
  const proxies = webProxies(process.env);
  if (proxies === null) return null;
  const patience = AbortSignal.timeout(Math.min(PATIENCE_MS, settings.silenceMs));
  const url = `${settings.remote.url.replace(/\/+$/, '')}/info/refs?service=git-upload-pack`;
  try {
    const { agent, start } = await webClient(settings, proxies);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = start(url, {
        agent,
        headers: { 'User-Agent': 'git/gitcron', ...authorization(settings) },
        signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
      });
      request.once('response', resolve).on('error', reject);
      request.end();
    });
    response.destroy();
    const contentType = response.headers['content-type'] ?? '';
    return { status: response.statusCode ?? 0, contentType };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) return null;
    // A proxy that builds no tunnel has a status of its own.
    if ('statusCode' in error && typeof error.statusCode === 'number')
      return error.statusCode === 407 ? { status: 407 } : null;
    return { failure: String(error.code) };
  }
}

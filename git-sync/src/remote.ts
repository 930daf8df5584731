import { isAbsolute, resolve } from 'node:path';

/** Where the commits come from, and by which of git's transports. */
export interface Remote {
  readonly transport: 'https' | 'http' | 'ssh' | 'file';
  /** As git is given it; without a password, so it can be shown. */
  readonly url: string;
  /** `https://host:port`, the only place the password is sent to; null for ssh and files. */
  readonly origin: string | null;
}

/**
 * Reads the forms of URL that git-clone(1) lists, but for `git://`, which proves nothing about who
 * answers, and remote helpers (`ext::…`), which run commands.
 *
 * @returns the remote, or a sentence that says what is wrong with the text.
 */
export function parseRemote(text: string): Remote | { readonly problem: string } {
  if (text.startsWith('-') || /[\0\n\r]/.test(text)) return { problem: 'this is not a URL' };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseUrl(text);
  if (/^[a-z0-9]+::/i.test(text)) {
    return { problem: 'remote helpers (NAME::…) are not supported: use https, ssh or a path' };
  }
  const colon = text.indexOf(':');
  const slash = text.indexOf('/');
  const scpLike = colon > 0 && (slash === -1 || colon < slash);
  if (scpLike) return { transport: 'ssh', url: text, origin: null };
  return { transport: 'file', url: isAbsolute(text) ? text : resolve(text), origin: null };
}

function parseUrl(text: string): Remote | { readonly problem: string } {
  if (!URL.canParse(text)) return { problem: 'this is not a URL' };
  const url = new URL(text);
  if (url.password !== '') {
    return {
      problem:
        'the URL holds a password: take it out and set GIT_SYNC_PASSWORD or GIT_SYNC_PASSWORD_FILE',
    };
  }
  switch (url.protocol) {
    case 'https:':
    case 'http:':
      if (url.username !== '') {
        // Tokens are often written there, and a URL is shown in logs and pages.
        return { problem: 'the URL holds a user name: take it out and set GIT_SYNC_USERNAME' };
      }
      return {
        transport: url.protocol === 'https:' ? 'https' : 'http',
        url: text,
        origin: `${url.protocol}//${url.host}`,
      };
    case 'ssh:':
      return { transport: 'ssh', url: text, origin: null };
    case 'file:':
      return { transport: 'file', url: text, origin: null };
    default:
      return { problem: `${url.protocol}// is not supported: use https, ssh or a path` };
  }
}

/** The transports that a repository may make git use, as GIT_ALLOW_PROTOCOL lists them (git(1)). */
export function allowedTransports(remote: Remote): string {
  const always = ['https', 'ssh'];
  // A submodule must not reach what the repository itself was not fetched by.
  return [...new Set([...always, remote.transport])].join(':');
}

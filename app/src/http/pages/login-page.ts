import type { CodedError } from '@gitcron/base/coded-error';
import { html, layout, type Html } from './page.ts';

/** What the page has to know of the team's identity provider. */
export interface ShownProvider {
  /** As people know it. */
  readonly host: string;
  /** Why it could not be asked the last time; null when it could. */
  problem(): CodedError | null;
}

/**
 * Makes the page.
 * @param next where to go then, a path of ours.
 * @param complaint what was wrong with the last try.
 * @param left how one has just logged out: our log-in has ended, the provider's has not
 */
export type LogInPage = (next: string, complaint?: CodedError | null, left?: Left | null) => Html;

export interface Left {
  /** Where one logs out of the provider as well; null where it does not say. */
  readonly url: string | null;
}

/** @param provider null where people log in with the password only. */
export function createLogInPage(provider: ShownProvider | null): LogInPage {
  return (next, complaint = null, left = null) =>
    layout(
      'Log in',
      html`<main class="narrow">
        <h1>Log in to Gitcron</h1>
        ${complaint === null ? '' : complain(complaint)}
        ${left === null || provider === null ? '' : goodBye(provider.host, left)}
        ${provider === null ? '' : byProvider(provider, next, complaint)}
        <form method="post" action="/login">
          <input type="hidden" name="next" value="${next}" />
          <label for="password">Administrator's password</label>
          <input
            id="password"
            type="password"
            name="password"
            autocomplete="current-password"
            required
            ${provider === null ? html`autofocus` : ''}
          />
          <button>Log in</button>
        </form>
      </main>`,
    );
}

function complain({ message, hint }: CodedError): Html {
  return html`<div class="complaint" role="alert">
    <p>${message}</p>
    <p>${hint}</p>
  </div>`;
}

function byProvider(provider: ShownProvider, next: string, complaint: CodedError | null): Html {
  const problem = provider.problem();
  const isNew = problem !== null && problem.code !== complaint?.code;
  return html`<p>
      <a class="button" href="/login/oidc?next=${encodeURIComponent(next)}">
        Log in with ${provider.host}
      </a>
    </p>
    ${isNew ? html`<p class="soft">${problem.message} It is asked again when you try.</p>` : ''}
    <p class="soft">or, if it is away:</p>`;
}

function goodBye(host: string, { url }: Left): Html {
  return html`<p>
    You are logged out of Gitcron. Your log-in at ${host} goes
    on${url === null ? '.' : html`: <a href="${url}">end it there, too</a>.`}
  </p>`;
}

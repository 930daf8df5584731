import { html, layout, type Html } from './page.ts';

/**
 * @param next where to go then, a path of ours.
 * @param complaint what was wrong with the last try.
 */
export function loginPage(next: string, complaint = ''): Html {
  return layout(
    'Log in',
    html`<h1>Log in</h1>
      <p>${complaint}</p>
      <form method="post" action="/login">
        <input type="hidden" name="next" value="${next}" />
        <label>
          Administrator's password
          <input
            type="password"
            name="password"
            autocomplete="current-password"
            required
            autofocus
          />
        </label>
        <button>Log in</button>
      </form>`,
  );
}

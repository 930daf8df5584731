import { html, layout, type Html } from './page.ts';

/** Stands where the panel would, when none was built. */
export function noPanelPage(): Html {
  return layout(
    'No panel',
    html`<h1>The panel was not built</h1>
      <p>Everything else works: jobs run, and commands and the API answer.</p>
      <p>
        <code>npm start</code> and the Docker image build it by themselves. In a clone, run
        <code>node scripts/build-panel.js</code>, which also says what is in its way. It is there
        after the next start of Gitcron.
      </p>
      <p>The API is described at <a href="/api/docs">/api/docs</a>.</p>`,
  );
}

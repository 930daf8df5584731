import type { FastifyReply } from 'fastify';

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | readonly Html[];

/** A template of HTML; whatever is put into it is escaped unless it is HTML itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(textOf)));
}

function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('\n');
  return String(part).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** One page with its only style sheet, for which the content policy has room. */
export function sendPage(reply: FastifyReply, status: number, page: Html): FastifyReply {
  return reply
    .status(status)
    .type('text/html; charset=utf-8')
    .serializer((text: string) => text)
    .send(page.text);
}

export function layout(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Gitcron</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/page.css" />
      </head>
      <body>
        ${body}
      </body>
    </html>`;
}

/** The same greys and the same accent as the panel's (`panel/src/style/tokens.css`). */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #14171c);
  --raised: light-dark(#ffffff, #1b1f26);
  --line: light-dark(#d4d9e1, #323945);
  --edge: light-dark(#6f7a8a, #8792a3);
  --text: light-dark(#1a2029, #dfe4ec);
  --soft: light-dark(#525c6b, #9aa5b5);
  --act: light-dark(#1f4fd1, #8fb2ff);
  --act-ground: light-dark(#1f4fd1, #2d5bd8);
  --bad: light-dark(#b3261e, #ff6b5e);
  --bad-ground: light-dark(#fdecea, #33191a);
  font: 15px/1.5 system-ui, 'Segoe UI', sans-serif;
}
* { box-sizing: border-box; }
body {
  max-width: 60rem; margin: 0 auto; padding: 2rem 1rem;
  background: var(--ground); color: var(--text); overflow-wrap: anywhere;
}
h1 { font-size: 1.25rem; margin: 0 0 1rem; }
p { margin: .5rem 0; }
a { color: var(--act); }
code { font-family: ui-monospace, 'SF Mono', 'DejaVu Sans Mono', monospace; }
.soft { color: var(--soft); }
.narrow {
  max-width: 25rem; margin: 8vh auto 0; padding: 1.5rem;
  background: var(--raised); border: 1px solid var(--line); border-radius: 6px;
}
.complaint {
  margin: 0 0 1rem; padding: .25rem .75rem; border-radius: 6px;
  background: var(--bad-ground); border-left: 4px solid var(--bad);
}
label { display: block; margin: 1rem 0 .25rem; }
input, button, .button { font: inherit; min-height: 44px; width: 100%; border-radius: 6px; }
input {
  padding: 0 .75rem; color: var(--text); background: var(--ground); border: 1px solid var(--edge);
}
button, .button {
  display: flex; align-items: center; justify-content: center; padding: .5rem .75rem;
  border: 1px solid var(--act-ground); background: var(--act-ground); color: #ffffff;
  text-align: center; text-decoration: none; cursor: pointer;
}
button { margin-top: .75rem; }
.button ~ form button, p:has(.button) ~ form button {
  background: transparent; color: var(--act); border-color: var(--edge);
}
:focus-visible { outline: 2px solid var(--act); outline-offset: 2px; }
`;

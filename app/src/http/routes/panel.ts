import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from '../api.ts';
import { notFound } from '../error-handler.ts';
import { isPageWanted } from '../page-wanted.ts';
import { noPanelPage } from '../pages/no-panel-page.ts';
import { sendPage } from '../pages/page.ts';
import { firstPart, mayBeOfPanel } from '../panel/panel-address.ts';
import { ASSETS, type Panel } from '../panel/panel-files.ts';
import { sendPanelFile } from '../panel/send-panel-file.ts';

/** What everybody may have: the panel's files hold nothing that is not in its source. */
const open = { config: { right: 'nothing' }, schema: { hide: true } } as const;

/** The panel at `/`, and at each address that is its own. Call it before the first route. */
export function servePanel(
  app: Api,
  panel: Panel | null,
  maskText: (text: string) => string,
): void {
  const taken = new Set([firstPart(ASSETS)]);
  app.addHook('onRoute', ({ url }) => void taken.add(firstPart(url)));
  app.setNotFoundHandler((request, reply) => {
    if (isPageWanted(request) && mayBeOfPanel(request.url, taken)) return page(request, reply);
    return notFound(request, reply, maskText);
  });
  app.get('/', open, page);
  for (const file of panel?.files ?? []) {
    app.get(file.path, open, (request, reply) => sendPanelFile(request, reply, file));
  }

  function page(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    return panel === null
      ? sendPage(reply, 503, noPanelPage())
      : sendPanelFile(request, reply, panel.page);
  }
}

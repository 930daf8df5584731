import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { CodedError } from '@gitcron/base/coded-error';

/**
 * A small server for strangers: slow and silent clients are cut off, and there is room for a hundred.
 *
 * @throws CodedError GITCRON_E_PORT when the port cannot be had.
 */
export async function listen(
  setting: string,
  { port, host }: { readonly port: number; readonly host: string | undefined },
  answer: RequestListener,
): Promise<Server> {
  const server = createServer(
    {
      requestTimeout: 10_000,
      headersTimeout: 5_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16_384,
    },
    answer,
  );
  server.maxConnections = 100;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw new CodedError('GITCRON_E_PORT', `Port ${port} could not be opened.`, {
      place: setting,
      hint: 'Another program may have it. Choose a free port above 1023.',
      cause,
    });
  }
  return server;
}

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';

/** A small server for strangers: slow and silent clients are cut off, and there is room for a hundred. */
export async function listen(port: number, answer: RequestListener): Promise<Server> {
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
  server.listen(port);
  await once(server, 'listening');
  return server;
}

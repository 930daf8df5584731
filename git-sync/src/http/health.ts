import type { RequestListener } from 'node:http';
import type { Metrics } from '../metrics.ts';
import type { Status } from '../status.ts';

/**
 * `GET /healthz`: 200 while the last success is recent, else 503; the body is `status.json` either way.
 * `GET /metrics`: for Prometheus.
 *
 * @param limitMs how old the last success may be
 */
export function health(status: () => Status, metrics: Metrics, limitMs: number): RequestListener {
  return (request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (path === '/healthz') {
      const now = status();
      const { lastSuccessAt } = now;
      const healthy = lastSuccessAt !== null && Date.now() - Date.parse(lastSuccessAt) <= limitMs;
      response
        .writeHead(healthy ? 200 : 503, { 'content-type': 'application/json' })
        .end(`${JSON.stringify(now, null, 2)}\n`);
    } else if (path === '/metrics') {
      void metrics.render().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    } else {
      response.writeHead(404).end();
    }
  };
}

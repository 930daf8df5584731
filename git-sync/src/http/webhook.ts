import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import type { Secret } from '../settings.ts';

/** A push of two thousand commits fits; more is not a push. */
const BODY_LIMIT = 5 * 1024 * 1024;

/** How a request shows that its sender knows the secret. */
type Proof =
  | { readonly kind: 'hmac-sha256'; readonly digest: Buffer }
  | { readonly kind: 'token'; readonly token: string };

/**
 * `POST /webhook` syncs at once. The payload is only checked, never used: the remote itself is asked.
 *
 * 202 accepted; 401 without a valid signature (GitHub, Gitea, Forgejo) or token (GitLab); 413 too large;
 * 500 while there is no secret to check with, which is logged once.
 * A request that shows neither is refused before its body is read.
 */
export function webhook(secret: Secret, log: Logger, onPush: () => void): RequestListener {
  let complaint = '';
  return (request, response) => {
    // node:http closes the connection behind this answer, so nothing more is read.
    const answer = (status: number) => response.writeHead(status, { connection: 'close' }).end();
    if (request.url?.split('?', 1)[0] !== '/webhook') return answer(404);
    if (request.method !== 'POST') return answer(405);
    const proof = readProof(request.headers);
    if (proof === null) return answer(401);
    if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) return answer(413);
    return void check(request, proof, secret).then(
      (status) => {
        complaint = '';
        answer(status);
        if (status === 202) onPush();
      },
      (error: unknown) => {
        // Whoever reaches the port can make this happen again and again.
        if (String(error) !== complaint)
          log.error(errorFields(error), 'a webhook could not be checked');
        complaint = String(error);
        answer(500);
      },
    );
  };
}

function readProof(headers: IncomingHttpHeaders): Proof | null {
  const header = (name: string) => [headers[name] ?? []].flat()[0];
  const token = header('x-gitlab-token');
  if (token !== undefined) return { kind: 'token', token };
  const signature =
    header('x-hub-signature-256') ?? header('x-forgejo-signature') ?? header('x-gitea-signature');
  const hex = /^(?:sha256=)?(?<hex>[0-9a-f]{64})$/.exec(signature ?? '')?.groups?.['hex'];
  return hex === undefined ? null : { kind: 'hmac-sha256', digest: Buffer.from(hex, 'hex') };
}

async function check(
  request: IncomingMessage,
  proof: Proof,
  secret: Secret,
): Promise<202 | 401 | 413> {
  if (proof.kind === 'token') {
    // Digests have one length, which comparing in constant time needs.
    return timingSafeEqual(sha256(proof.token), sha256(secret())) ? 202 : 401;
  }
  const hmac = createHmac('sha256', secret());
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) return 413;
    hmac.update(chunk);
  }
  return timingSafeEqual(hmac.digest(), proof.digest) ? 202 : 401;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

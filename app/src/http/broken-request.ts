import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './error-handler.ts';
import { HttpError, problemOf } from './problem.ts';

/** A path that cannot be a path of ours, so that there is no route to ask. */
export function refuseBrokenPath(
  { statusCode = 400 }: FastifyError,
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  const sentence = statusCode === 414 ? 'The path is too long.' : 'The path is not a valid one.';
  sendProblem(reply, broken(statusCode, sentence));
}

/** What is no HTTP request, or not within its time; there is no reply object for these. */
export function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const document = problemOf(causeOf(error.code));
  const body = JSON.stringify(document);
  const head = [
    `HTTP/1.1 ${document.status} ${STATUS_CODES[document.status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

function causeOf(code: string | undefined): HttpError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return broken(408, 'The request took too long to arrive.');
  if (code === 'HPE_HEADER_OVERFLOW') return broken(431, 'The head of the request is too long.');
  return broken(400, 'This is not an HTTP request.');
}

function broken(status: number, sentence: string): HttpError {
  return new HttpError(status, 'GITCRON_E_BAD_REQUEST', sentence, {
    hint: 'The API is described at /api/docs.',
  });
}

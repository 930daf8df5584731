import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** An AuthenticationRequest of Postgres's protocol ("Message Formats"). */
function authentication(kind: number, rest: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.write('R');
  head.writeInt32BE(8 + rest.length, 1);
  head.writeInt32BE(kind, 5);
  return Buffer.concat([head, rest]);
}

const CLEARTEXT = authentication(3);
const MD5 = authentication(5, Buffer.from('salt'));
const OK = authentication(0);
const SASL = authentication(10, Buffer.from('SCRAM-SHA-256\0\0'));

/** What it says to a start-up message, and to what follows. */
export const ASKS = {
  'in clear text': [CLEARTEXT],
  'as an MD5 hash': [MD5],
  'in clear text, after it began with SCRAM': [SASL, CLEARTEXT],
} as const;

/** It lets everybody in, to hear what they have to say. */
export const LETS_IN = {
  'at once': [OK],
  'in the middle of SCRAM': [SASL, OK],
} as const;

/** Another program where the database should be: it wants to know the password. */
export interface Impostor extends AsyncDisposable {
  readonly port: number;
  /** What clients said to it, all together. */
  heard(): string;
  /** How many clients came. */
  clients(): number;
}

/** @param port 0: one that is free. */
export async function startImpostor(says: readonly Buffer[], port = 0): Promise<Impostor> {
  const sockets = new Set<Socket>();
  let heard = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    const answers = [...says];
    socket.on('error', () => {});
    socket.on('data', (data) => {
      heard += data.toString('latin1');
      const answer = answers.shift();
      if (answer !== undefined) socket.write(answer);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    heard: () => heard,
    clients: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

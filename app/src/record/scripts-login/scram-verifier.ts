import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/** What Postgres itself uses. */
const ITERATIONS = 4096;

/**
 * What Postgres keeps of a password, and takes in its place (RFC 5803): so the password appears in
 * no statement, and in no log of statements.
 */
export async function scramVerifier(password: string): Promise<string> {
  const salt = randomBytes(16);
  const salted = await promisify(pbkdf2)(
    password.normalize('NFKC'),
    salt,
    ITERATIONS,
    32,
    'sha256',
  );
  const keyed = (name: string) => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const server = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`;
}

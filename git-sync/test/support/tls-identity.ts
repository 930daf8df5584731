import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOOPBACK } from './loopback.ts';

/** A server's identity, vouched for by an authority that nobody else knows. */
export interface TlsIdentity {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** The authority's certificate. */
  readonly authorityFile: string;
}

/**
 * Made by openssl(1) in a directory.
 * @param options.days until it expires.
 */
export async function makeTlsIdentity(
  directory: string,
  { address = LOOPBACK, days = 2 }: { readonly address?: string; readonly days?: number } = {},
): Promise<TlsIdentity> {
  await mkdir(directory, { recursive: true });
  const at = (name: string) => join(directory, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=An authority of our own'],
    ...['-keyout', at('authority.key'), '-out', at('authority.pem')],
  );
  openssl(
    ...['req', ...newKey, '-subj', '/CN=git', '-keyout', at('key.pem'), '-out', at('request.pem')],
  );
  await writeFile(at('extensions'), `subjectAltName=IP:${address}\n`);
  openssl(
    ...['x509', '-req', '-in', at('request.pem'), '-days', `${days}`, '-CAcreateserial'],
    ...['-CA', at('authority.pem'), '-CAkey', at('authority.key'), '-extfile', at('extensions')],
    ...['-out', at('certificate.pem')],
  );
  return {
    key: await readFile(at('key.pem')),
    cert: await readFile(at('certificate.pem')),
    authorityFile: at('authority.pem'),
  };
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

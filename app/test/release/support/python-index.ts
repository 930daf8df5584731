import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { portOf } from './port-of.ts';
import { temporaryDirectory } from '../../../../base/test/temporary-directory.ts';

/** A wheel (PEP 427) with one module and one console script, `greet`. */
const MAKE_WHEEL = `
import sys, zipfile
info = 'greeting-1.0.dist-info/'
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('greeting.py', 'def main():\\n    print("hello from a wheel")\\n')
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'entry_points.txt', '[console_scripts]\\ngreet = greeting:main\\n')
    wheel.writestr(info + 'RECORD', '')
`;

export interface PythonIndex {
  /** For PIP_INDEX_URL (PEP 503). */
  readonly url: string;
  /** Where it listens on 127.0.0.1. */
  readonly port: number;
  isUnwell: boolean;
}

/** A package index on loopback that has `greeting` 1.0. */
export async function startPythonIndex(): Promise<PythonIndex> {
  const directory = join(await temporaryDirectory(), 'wheels');
  await mkdir(directory);
  const wheel = join(directory, 'greeting-1.0-py3-none-any.whl');
  await execa('python3', ['-c', MAKE_WHEEL, wheel]);
  const bytes = await readFile(wheel);
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (index.isUnwell) response.writeHead(503).end();
    else if (path.endsWith('.whl')) response.end(bytes);
    else if (path === '/greeting/') {
      response.setHeader('content-type', 'text/html');
      response.end(`<a href="/${basename(wheel)}">${basename(wheel)}</a>`);
    } else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  const index = { url: `http://127.0.0.1:${port}/`, port, isUnwell: false };
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return index;
}

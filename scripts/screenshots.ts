/**
 * Makes the pictures of the panel that the documents show, from the house of `npm run demo`, in a browser:
 *
 *     npm run demo -- --only-make && node scripts/screenshots.ts
 *
 * CHROMIUM names the browser; default: Debian's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { z } from 'zod';

const PROJECT = join(import.meta.dirname, '..');
const PASSWORD = 'a password for pictures';
const PORT = 8765;
const BASE = `http://127.0.0.1:${PORT}`;

const runs = z.object({ items: z.array(z.object({ id: z.string() })) });
const revisions = z.object({ items: z.array(z.object({ revision: z.string() })) });

const { values } = parseArgs({
  options: {
    to: { type: 'string', default: join(PROJECT, 'docs/images') },
    /** Every page in both themes and widths, to be looked at; else the few that the documents show. */
    all: { type: 'boolean', default: false },
  },
});

const demo = spawn(process.execPath, [join(PROJECT, 'scripts/demo.ts')], {
  cwd: PROJECT,
  env: { ...process.env, ADMIN_PASSWORD: PASSWORD, HTTP_PORT: String(PORT) },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  for await (const line of createInterface({ input: demo.stdout })) {
    if (line.includes(BASE)) break;
  }
  demo.stdout.resume();
  await takePictures();
} finally {
  if (demo.exitCode === null) {
    demo.kill('SIGINT');
    await once(demo, 'close');
  }
}

async function takePictures(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  stack.defer(() => browser.close());
  const themes = values.all ? (['light', 'dark'] as const) : (['light'] as const);
  for (const colorScheme of themes) {
    for (const width of values.all ? [360, 1280] : [1280]) {
      const context = await browser.newContext({
        baseURL: BASE,
        colorScheme,
        viewport: { width, height: 760 },
        timezoneId: 'Europe/Amsterdam',
        locale: 'en-GB',
      });
      await context.request.post('/api/v1/session', {
        data: { password: PASSWORD },
        headers: { origin: BASE },
      });
      const page = await context.newPage();
      const suffix = values.all ? `-${colorScheme}-${width}` : '';
      for (const [name, path] of await pagesOf(page)) {
        await page.goto(path);
        await page.locator('main:not(:has([aria-busy]))').waitFor();
        await page.screenshot({ path: join(values.to, `${name}${suffix}.png`) });
        console.log(`${name}${suffix}.png`);
      }
      await context.close();
    }
  }
}

async function pagesOf(page: Page): Promise<readonly (readonly [name: string, path: string])[]> {
  const ask = async (path: string): Promise<unknown> =>
    (await page.context().request.get(path)).json();
  const failed = runs.parse(await ask('/api/v1/runs?job=bank-statements&status=failed&limit=1'));
  const { items } = revisions.parse(await ask('/api/v1/revisions'));
  const run = `/runs/${failed.items[0]?.id ?? ''}`;
  const few = [
    ['jobs', '/'],
    ['run', run],
    ['timeline', '/timeline'],
  ] as const;
  if (!values.all) return few;
  return [
    ...few,
    ['job', '/jobs/bank-statements'],
    ['run-now', '/jobs/bank-statements/run'],
    ['history', '/runs'],
    ['releases', '/releases'],
    ['release', `/releases/${items[1]?.revision ?? ''}`],
    ['system', '/system'],
  ];
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { post } from '../../test/http/house.ts';
import { useBrowser } from './browser.ts';
import { openPanelHouse, type PanelHouse } from './panel-house.ts';

const chromium = useBrowser();
let house: PanelHouse;
let mended = '';
beforeAll(async () => {
  house = await openPanelHouse({
    crontab: `
# @name nightly-report
# @title Nightly sales report
@manual echo "Asking for the figures"; test -e "$MENDED" || { echo "connection refused" >&2; exit 3; }
`,
    environment: { MENDED: '/nowhere' },
  });
  mended = join(house.directory, 'mended');
  await writeFile(
    join(house.directory, 'source/app/crontab.txt'),
    `
# @name nightly-report
# @title Nightly sales report
@manual echo "Asking for the figures"; test -e "${mended}" || { echo "connection refused" >&2; exit 3; }
`,
  );
  await house.control('/api/v1/sync', post());
});
afterAll(() => house[Symbol.asyncDispose]());

it('from the start page to why a run failed, and to running it again', async () => {
  await expect
    .poll(async () => (await house.control('/api/v1/jobs/nightly-report')).text(), {
      timeout: 10_000,
    })
    .toContain(mended);
  await house.control('/scripts/nightly-report?wait=20', post());
  const page = await chromium.look(house);
  const needs = page.getByRole('list', { name: 'What needs somebody' });
  await needs.getByText('nightly-report').waitFor();
  await needs.getByRole('link', { name: 'why' }).click();
  await page.getByRole('heading', { name: /^nightly-report #/ }).waitFor();
  // The output is open at its error, which is also told beside it.
  const marked = page.locator('[data-marked]');
  await marked.waitFor();
  expect(await marked.innerText()).toContain('connection refused');
  await page.getByRole('region', { name: 'Why' }).getByText(/./).first().waitFor();
  const failedAt = page.url();

  await writeFile(mended, '');
  await page.getByRole('button', { name: 'Run again' }).click();
  await page.waitForURL(
    (url) => url.pathname.startsWith('/runs/') && !failedAt.endsWith(url.pathname),
  );
  await page.locator('main').getByText('succeeded', { exact: true }).first().waitFor();
  // And the start page needs nobody any more, without having been loaded anew.
  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  await needs.waitFor({ state: 'detached' });
});

it('a form starts a run with parameters, and a second one begins with them', async () => {
  const page = await chromium.look(house, '/jobs/nightly-report/run');
  await page.getByLabel('Parameters, as JSON').fill('{"month": ');
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByText('That is no JSON object.').waitFor();
  await page.getByLabel('Parameters, as JSON').fill('{"month": "2026-10"}');
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.waitForURL(/\/runs\//);
  await page.getByText('"month": "2026-10"').waitFor();
  await page.getByRole('link', { name: 'with other parameters' }).click();
  expect(await page.getByLabel('Parameters, as JSON').inputValue()).toContain('2026-10');
});

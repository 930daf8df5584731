import { afterAll, beforeAll, expect, it } from 'vitest';
import { post } from '../../test/http/house.ts';
import { useBrowser } from './browser.ts';
import { openPanelHouse, type PanelHouse } from './panel-house.ts';

const SEEN_WITHIN_MS = 2000;
const TABS = 12;

const chromium = useBrowser();
let house: PanelHouse;
beforeAll(async () => {
  house = await openPanelHouse({
    crontab: '# @name quick\n@manual true\n# @name other\n@manual true\n',
  });
});
afterAll(() => house[Symbol.asyncDispose]());

const ran = 'Last 1 runs: 1 succeeded';

it('a new run is seen in each of twelve tabs of a browser', async () => {
  const context = await chromium.browser(house);
  const pages = await Promise.all(Array.from({ length: TABS }, () => context.newPage()));
  for (const page of pages) {
    await page.goto('/');
    await page.getByRole('link', { name: 'quick', exact: true }).waitFor();
  }
  await house.control('/scripts/quick?wait=20', post());
  // Chromium draws one of them only; all of them hear of it.
  const seen = await Promise.all(
    pages.map(async (page) => {
      await page.getByRole('img', { name: ran }).waitFor();
      return page.getByRole('img', { name: ran }).count();
    }),
  );
  expect(seen).toEqual(pages.map(() => 1));
});

it('and within two seconds of its end', async () => {
  const page = await chromium.look(house);
  await page.getByRole('link', { name: 'other', exact: true }).waitFor();
  await house.control('/scripts/other?wait=20', post());
  const row = page.getByRole('listitem').filter({ hasText: 'other' });
  await row.getByRole('img', { name: ran }).waitFor({ timeout: SEEN_WITHIN_MS });
  expect(await row.innerText()).toContain('succeeded');
});

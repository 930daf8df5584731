import { afterAll, beforeAll, expect, it } from 'vitest';
import { useBrowser } from './browser.ts';
import { openPanelHouse, type PanelHouse } from './panel-house.ts';

const chromium = useBrowser();
let house: PanelHouse;
beforeAll(async () => {
  house = await openPanelHouse({ crontab: '# @name quick\n@manual true\n' });
});
afterAll(() => house[Symbol.asyncDispose]());

it.each(['js', 'css'])(
  'a page that was open when Gitcron was upgraded goes on with the new one (%s is gone)',
  async (kind) => {
    chromium.expectComplaint(/status of 404/);
    const page = await chromium.look(house);
    await page.getByText('quick').first().waitFor();
    // What the new panel has no longer, because its name is another one there.
    let refused = 0;
    await page.route(new RegExp(`/assets/system-page-[^/]*\\.${kind}$`), async (route) => {
      refused += 1;
      if (refused === 1) await route.fulfill({ status: 404, body: '' });
      else await route.continue();
    });
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('region', { name: 'Program' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/system');
    expect(refused).toBe(2);
  },
);

it('while Gitcron is away what is open stays, and goes on when it is back', async () => {
  chromium.expectComplaint(/ERR_FAILED|does not answer/);
  const page = await chromium.look(house);
  await page.getByText('quick').first().waitFor();
  await page.evaluate(() => document.body.setAttribute('data-opened', 'before'));
  const away = /(system-page-[^/]*\.js|healthz)$/;
  await page.route(away, (route) => route.abort());
  await page.getByRole('link', { name: 'System' }).click();
  await page.getByText('does not answer').first().waitFor();
  await page.getByRole('link', { name: 'Jobs' }).waitFor();
  await page.unroute(away);
  await page.getByRole('region', { name: 'Program' }).waitFor();
  expect(await page.getAttribute('body', 'data-opened')).toBe('before');
});

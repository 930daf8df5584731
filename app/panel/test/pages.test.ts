import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runView } from '../../src/api/run.ts';
import { until } from '../../../base/test/until.ts';
import { post } from '../../test/http/house.ts';
import { useBrowser } from './browser.ts';
import { openPanelHouse, type PanelHouse } from './panel-house.ts';
import { violationsOf } from './violations.ts';

const chromium = useBrowser();
let house: PanelHouse;
let run = '';
beforeAll(async () => {
  house = await openPanelHouse({
    crontab: `
# @section Imports
# @name a-job-with-a-name-that-is-as-long-as-a-name-may-be-and-wraps-xyz
# @title استيراد الطلبات
0 3 * * * true
# @name fails
# @param month the month to sum up
@manual echo no >&2; exit 3
`,
  });
  const body = { params: { month: '2026-10' } };
  const answer = await house.control('/api/v1/jobs/fails/runs', post(body));
  run = runView.parse(await answer.json()).id;
  const told = (): Promise<string> =>
    house.control(`/api/v1/runs/${run}`).then((answered) => answered.text());
  await until(
    async () => (await told()).includes('"failed"'),
    () => 'the run has failed',
  );
});
afterAll(() => house[Symbol.asyncDispose]());

/** What has to be there before a page is looked at. */
const PAGES: readonly (readonly [path: string, sign: string])[] = [
  ['/', 'fails'],
  ['/timeline', 'As a table'],
  ['/runs', 'fails'],
  ['/runs/RUN', 'Exit code 3.'],
  ['/jobs/fails', 'In the crontab'],
  ['/jobs/fails/run', 'month'],
  ['/releases', 'Releases'],
  ['/there-is-nothing', 'There is nothing here'],
];

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  describe.each([360, 1280])('%i px wide', (width) => {
    it.each(PAGES)('%s stands in nobody’s way and is not too wide', async (path, sign) => {
      const viewer = { theme, size: { width, height: 800 } };
      const page = await chromium.look(house, path.replace('RUN', run), viewer);
      await page.locator('main').getByText(sign).filter({ visible: true }).first().waitFor();
      await page.waitForFunction(() => document.querySelector('[aria-busy]') === null);
      expect(await violationsOf(page)).toEqual([]);
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(wide).toBe(0);
    });
  });
});

it('keys go from page to page, from row to row, and say what they do', async () => {
  const page = await chromium.look(house);
  await page.locator('main').getByText('fails', { exact: true }).first().waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.getByRole('heading', { name: 'History' }).waitFor();
  await page.getByRole('listitem').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /^fails #/ }).waitFor();
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await keys.waitFor();
  expect(await keys.innerText()).toContain('run it again');
  await page.keyboard.press('Escape');
  await keys.waitFor({ state: 'hidden' });
});

it('filters live in the address, and Back leads to them', async () => {
  const page = await chromium.look(house, '/runs?status=succeeded');
  await page.getByText('No run is like that.').waitFor();
  await page.getByLabel('Status', { exact: true }).selectOption('failed');
  await page.waitForURL(/status=failed/);
  await page.getByRole('link', { name: 'fails' }).first().click();
  await page.getByRole('heading', { name: /^fails #/ }).waitFor();
  await page.goBack();
  await page.waitForURL(/status=failed/);
  await page.getByRole('link', { name: 'fails' }).first().waitFor();
  expect(await page.getByLabel('Status', { exact: true }).inputValue()).toBe('failed');
});

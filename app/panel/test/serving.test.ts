import { afterAll, beforeAll, expect, it } from 'vitest';
import { PASSWORD } from '../../test/http/house.ts';
import { useBrowser } from './browser.ts';
import { openPanelHouse, type PanelHouse } from './panel-house.ts';

const CRONTAB = `
# @name nightly-report
# @title Nightly sales report
0 2 * * * true
`;

const chromium = useBrowser();
let house: PanelHouse;
beforeAll(async () => {
  house = await openPanelHouse({ crontab: CRONTAB });
});
afterAll(() => house[Symbol.asyncDispose]());

it('whoever is logged in sees the jobs, and gets no asset twice', async () => {
  const page = await (await chromium.browser(house)).newPage();
  await page.goto('/');
  await page.getByText('Nightly sales report').first().waitFor();
  const first = await page.evaluate(sentSizesOfAssets);
  expect(first.length).toBeGreaterThan(1);
  expect(first.every((bytes) => bytes > 0)).toBe(true);
  await page.goto('/?again');
  await page.getByText('Nightly sales report').first().waitFor();
  expect(await page.evaluate(sentSizesOfAssets)).toEqual(first.map(() => 0));
});

const asGzip = (path: string) => house.ask(path, { headers: { 'accept-encoding': 'gzip' } });

it('needs at most 170 kB for the first page, as gzip', async () => {
  const page = await (await asGzip('/')).text();
  const paths = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
    ([, path]) => path ?? '',
  );
  const sizes = await Promise.all(
    paths.map(async (path) => Number((await asGzip(path)).headers.get('content-length'))),
  );
  const sum = sizes.reduce((all, size) => all + size, 0);
  expect(sum).toBeGreaterThan(50_000);
  expect(sum).toBeLessThan(170_000);
});

it('an address that only the panel knows is a page, also when one comes to it from elsewhere', async () => {
  const page = await chromium.look(house, '/jobs/nightly-report?x=1');
  await page.getByText('Nightly sales report').first().waitFor();
  const nothing = await chromium.look(house, '/there/is/nothing');
  await nothing.getByText('There is nothing here').waitFor();
  expect(new URL(nothing.url()).pathname).toBe('/there/is/nothing');
});

it('the address that starts a job leads a browser to its page, and starts nothing', async () => {
  const page = await chromium.look(house, '/scripts/nightly-report');
  await page.getByText('Nightly sales report').first().waitFor();
  expect(new URL(page.url()).pathname).toBe('/jobs/nightly-report');
  const runs = await house.control('/api/v1/runs');
  expect(await runs.json()).toMatchObject({ items: [] });
});

it('whoever is not logged in does so, and is where they wanted to be', async () => {
  chromium.expectComplaint(/status of 401/);
  const page = await chromium.look(house, '/jobs/nightly-report', { loggedIn: false });
  await page.waitForURL('**/login?next=%2Fjobs%2Fnightly-report');
  await page.getByLabel("Administrator's password").fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('Nightly sales report').first().waitFor();
  expect(new URL(page.url()).pathname).toBe('/jobs/nightly-report');
});

it('what breaks the content policy is noticed: by the browser, and by these tests', async () => {
  chromium.expectComplaint(/content policy: style-src/);
  chromium.expectComplaint(/console: .*Content Security Policy/);
  const page = await chromium.look(house);
  const colour = await page.evaluate(() => {
    document.body.setAttribute('style', 'color: rgb(1, 2, 3)');
    return getComputedStyle(document.body).color;
  });
  expect(colour).not.toBe('rgb(1, 2, 3)');
});

/** What came over the network for each: 0 where the browser had it already. */
function sentSizesOfAssets(): number[] {
  return performance
    .getEntriesByType('resource')
    .filter(({ name }) => name.includes('/assets/'))
    .map((entry) => (entry instanceof PerformanceResourceTiming ? entry.transferSize : -1));
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, post } from '../../test/http/house.ts';
import { useBrowser } from './browser.ts';
import { openPanelHouse, type PanelHouse } from './panel-house.ts';
import { violationsOf } from './violations.ts';

const chromium = useBrowser();
let house: PanelHouse;
beforeAll(async () => {
  house = await openPanelHouse({
    crontab: '# @name quick\n@manual true\n',
    environment: { KEEP_RUNS_DAYS: '7' },
  });
});
afterAll(() => house[Symbol.asyncDispose]());

it('tells versions, room, what is kept, and settings with where they come from', async () => {
  const page = await chromium.look(house, '/system');
  const program = page.getByRole('region', { name: 'Program' });
  await program.getByText(process.versions.node).waitFor();
  const kept = page.getByRole('region', { name: 'Kept at most' });
  await kept.getByText('7 days, 10,000 of each job').waitFor();
  const decided = page.getByRole('list', { name: 'Settings that were decided here' });
  const row = decided.getByRole('listitem').filter({ hasText: 'KEEP_RUNS_DAYS' });
  expect(await row.innerText()).toMatch(/7 days\s+from the environment/);
  const password = decided.getByRole('listitem').filter({ hasText: /^ADMIN_PASSWORD/ });
  expect(await password.innerText()).toContain('set, never shown');
  expect(await page.content()).not.toContain(PASSWORD);
});

it('ends the log-in of somebody else, and not one’s own', async () => {
  const other = await house.ask(
    '/api/v1/session',
    post({ password: PASSWORD }, { origin: house.url, 'user-agent': 'Another browser' }),
  );
  const headers = { cookie: other.headers.get('set-cookie')?.split(';', 1)[0] ?? '' };
  expect((await house.ask('/api/v1/jobs', { headers })).status).toBe(200);
  const page = await chromium.look(house, '/system');
  const logIns = page.getByRole('list', { name: 'Log-ins' }).getByRole('listitem');
  await logIns.filter({ hasText: 'Another browser' }).getByRole('button', { name: 'End' }).click();
  await page.getByRole('button', { name: 'End it' }).click();
  await logIns.filter({ hasText: 'Another browser' }).waitFor({ state: 'detached' });
  expect((await house.ask('/api/v1/jobs', { headers })).status).toBe(401);
  expect(await logIns.filter({ hasText: '(this one)' }).count()).toBe(1);
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  it.each([360, 1280])('nothing of it stands in anybody’s way, %i px wide', async (width) => {
    const page = await chromium.look(house, '/system', { theme, size: { width, height: 800 } });
    await page.getByRole('list', { name: 'Log-ins' }).waitFor();
    await page.getByText('more, as they come').click();
    expect(await violationsOf(page)).toEqual([]);
    const isWide = await page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    );
    expect(isWide).toBe(false);
  });
});

it('what would stand in somebody’s way is seen', async () => {
  const page = await (await chromium.browser(house)).newPage();
  await page.setContent('<main><button></button></main>');
  expect(await violationsOf(page)).toContainEqual(expect.stringMatching(/^button-name: button/));
});

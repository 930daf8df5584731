import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { runView } from '../../src/api/run.ts';
import { post } from '../../test/http/house.ts';
import { useBrowser } from './browser.ts';
import { openPanelHouse, type PanelHouse } from './panel-house.ts';

const LINES = 12_000;
/** So that all of it is more than what a page keeps in hand. */
const WORDS = 'words and '.repeat(45);

const chromium = useBrowser();
let house: PanelHouse;
let run = '';
const gate = join(mkdtempSync(join(tmpdir(), 'gitcron-gate-')), 'open');
beforeAll(async () => {
  house = await openPanelHouse({
    crontab: `
# @name much
@manual seq -f 'line %.0f of ${WORDS}' ${LINES}; echo "ümlaut needle <b>" >&2
# @name colours
@manual printf '\\033[31mred\\nstill red\\033[0m plain\\n'
# @name again
# @retries 1
# @retry-delay 0s
@manual echo 'Error: no' >&2; exit 1
# @name slow
@manual echo "tick 1"; until test -e "$GATE"; do sleep 0.05; done; echo "tick 2"
`,
    environment: { RUN_OUTPUT_LIMIT_MB: '64', GATE: gate },
  });
  run = await runOf('much');
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  rmSync(dirname(gate), { recursive: true });
});

async function runOf(job: string, query = '?wait=60'): Promise<string> {
  return runView.parse(await (await house.control(`/scripts/${job}${query}`, post())).json()).id;
}

/** What is drawn now, with the places of the lines. */
function drawn(page: Page): Promise<[place: string, text: string][]> {
  return page
    .locator('[data-line]')
    .evaluateAll((lines) =>
      lines.map((line) => [
        line.getAttribute('data-line') ?? '',
        line.lastElementChild?.textContent ?? '',
      ]),
    );
}

it('what is collected by scrolling through one stream is what a download has', async () => {
  const page = await chromium.look(house, `/runs/${run}`, { size: { width: 1280, height: 2400 } });
  await page.getByLabel('Which output').selectOption('stdout');
  await page.getByLabel('wrap').uncheck();
  await page.getByText('line 1 of', { exact: false }).first().waitFor();
  const found = new Map<string, string>();
  const pane = page.getByRole('log');
  let last = '';
  await expect
    .poll(
      async () => {
        for (const [place, text] of await drawn(page)) {
          found.set(place, text);
          last = text;
        }
        await pane.evaluate(async (element) => {
          element.scrollBy(0, element.clientHeight * 0.5);
          // What it scrolled to is drawn in the frame after the one that tells of it.
          for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
        });
        return last.startsWith(`line ${LINES} `);
      },
      { timeout: 100_000, interval: 1 },
    )
    .toBe(true);
  const download = await house.control(`/api/v1/runs/${run}/output/download?stream=stdout`);
  const inOrder = [...found].toSorted(([a], [b]) => byPlace(a, b)).map(([, text]) => `${text}\n`);
  // Where something is missing is told, and not six megabytes.
  const wanted = await download.text();
  expect(numbersOf(inOrder.join(''))).toEqual(numbersOf(wanted));
  expect(inOrder.join('') === wanted).toBe(true);
}, 120_000);

it('its ends are one key away, and a search looks through all of it', async () => {
  const page = await chromium.look(house, `/runs/${run}`);
  await page.getByText('line 1 of', { exact: false }).first().waitFor();
  await page.keyboard.press('End');
  await page.getByText(`line ${LINES} of`, { exact: false }).waitFor();
  await page.keyboard.press('Home');
  await page.getByText('line 1 of', { exact: false }).first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('line 7654 of');
  await page.keyboard.press('Enter');
  const marked = page.locator('[data-marked]');
  await marked.getByText('line 7654 of', { exact: false }).waitFor();
  await page.getByText('1 of 1', { exact: true }).waitFor();

  // The address leads to this line, whoever follows it.
  const other = await chromium.look(house, new URL(page.url()).pathname + new URL(page.url()).hash);
  await other.locator('[data-marked]').waitFor();
  expect(await other.locator('[data-marked]').innerText()).toContain('line 7654 of');
});

it('nothing that a script writes is markup, and what stderr says can be seen alone', async () => {
  const page = await chromium.look(house, `/runs/${run}`);
  await page.getByLabel('Which output').selectOption('stderr');
  const line = page.locator('[data-line]');
  await line.first().waitFor();
  expect(await drawn(page)).toEqual([[expect.any(String), 'ümlaut needle <b>']]);
});

it('colours are shown, also those that an earlier line has set', async () => {
  const page = await chromium.look(house, `/runs/${await runOf('colours')}`);
  const lines = page.locator('[data-line] > :last-child');
  await lines.nth(1).waitFor();
  const colours = await lines.evaluateAll((all) =>
    all.map((line) => [...line.children].map((part) => getComputedStyle(part).color)),
  );
  const [[red], [stillRed, plain]] = [colours[0] ?? [], colours[1] ?? []];
  expect(stillRed).toBe(red);
  expect(plain).not.toBe(red);
  expect(await lines.allInnerTexts()).toEqual(['red', 'still red plain']);
});

it('an output that is opened at its error is all there, also where nothing can be scrolled', async () => {
  const page = await chromium.look(house, `/runs/${await runOf('again')}`);
  const lines = page.getByRole('log');
  await page.locator('[data-marked]').waitFor();
  await lines.getByText('Attempt 2').waitFor();
  expect((await drawn(page)).map(([, text]) => text)).toEqual(['Error: no', 'Error: no']);
});

it('what a run writes is seen as it comes, and its end', async () => {
  const page = await chromium.look(house, `/runs/${await runOf('slow', '')}`);
  const lines = page.getByRole('log');
  await lines.getByText('tick 1').waitFor();
  expect(await lines.getByText('tick 2').count()).toBe(0);
  writeFileSync(gate, '');
  await lines.getByText('tick 2').waitFor();
  await page.locator('main').getByText('succeeded', { exact: true }).first().waitFor();
  expect((await drawn(page)).map(([, text]) => text)).toEqual(['tick 1', 'tick 2']);
});

function byPlace(a: string, b: string): number {
  const [left = [], right = []] = [a, b].map((place) => place.split('.').map(Number));
  return (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0);
}

function numbersOf(text: string): string[] {
  return text.match(/(?<=^line )\d+/gm) ?? [];
}

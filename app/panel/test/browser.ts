import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { PanelHouse } from './panel-house.ts';

/** Nothing is downloaded for the tests: Debian's, or another one that is there. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Who looks, and with what. */
export interface Viewer {
  /** Default: yes. */
  readonly loggedIn?: boolean;
  /** Default: 1280 × 800. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Default: light. */
  readonly theme?: 'light' | 'dark';
  /** Default: UTC. */
  readonly zone?: string;
  readonly reducedMotion?: boolean;
}

export interface TestBrowser {
  /** A browser of its own, with cookies and storage of its own, that looks at a page. */
  look(house: PanelHouse, path?: string, viewer?: Viewer): Promise<Page>;
  /** The same without a page yet, for several tabs. */
  browser(house: PanelHouse, viewer?: Viewer): Promise<BrowserContext>;
  /** In this test a page has to complain of that; whatever else it complains of fails the test. */
  expectComplaint(complaint: RegExp): void;
}

/**
 * One Chromium for a test file. A test fails when a page of it breaks the content policy, throws, or
 * writes an error to the console. Call it at the top of the file.
 */
export function useBrowser(): TestBrowser {
  let chrome: Browser | null = null;
  let opened: BrowserContext[] = [];
  let complaints: string[] = [];
  let expected: RegExp[] = [];

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) {
      throw new Error(`There is no ${CHROMIUM}: install Debian's chromium, or set CHROMIUM.`);
    }
    chrome = await chromium.launch({
      executablePath: CHROMIUM,
      // Its sandbox does not work for root.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
  });
  afterEach(async () => {
    await Promise.all(opened.map((context) => context.close()));
    const others = complaints.filter((text) => !expected.some((pattern) => pattern.test(text)));
    const missing = expected.filter((pattern) => !complaints.some((text) => pattern.test(text)));
    [opened, complaints, expected] = [[], [], []];
    expect(others, 'what the pages complained of').toEqual([]);
    expect(missing, 'what they had to complain of').toEqual([]);
  });
  afterAll(() => chrome?.close());

  async function browser(house: PanelHouse, viewer: Viewer = {}): Promise<BrowserContext> {
    if (chrome === null) throw new Error('the browser is not started yet');
    const context = await chrome.newContext({
      baseURL: house.url,
      viewport: viewer.size ?? { width: 1280, height: 800 },
      colorScheme: viewer.theme ?? 'light',
      timezoneId: viewer.zone ?? 'UTC',
      locale: 'en-GB',
      reducedMotion: viewer.reducedMotion === true ? 'reduce' : 'no-preference',
    });
    opened.push(context);
    // Ahead of the test's own limit, so that it is said what was waited for.
    context.setDefaultTimeout(40_000);
    if (viewer.loggedIn !== false) await context.addCookies([{ ...house.cookie, url: house.url }]);
    context.on('console', (message) => {
      if (message.type() !== 'error') return;
      complaints.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => complaints.push(`error: ${String(error.error().stack)}`));
    // Some breaches leave no line in the console.
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (breach) => {
        console.error(`content policy: ${breach.violatedDirective} ${breach.blockedURI}`);
      });
    });
    return context;
  }

  return {
    browser,
    async look(house, path = '/', viewer = {}) {
      const page = await (await browser(house, viewer)).newPage();
      await page.goto(path);
      return page;
    },
    expectComplaint: (complaint) => void expected.push(complaint),
  };
}

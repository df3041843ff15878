import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Page } from 'playwright-core';
import { testWith } from '../../kit/binaries.ts';
import { axeViolations, complaintsOf, launch } from '../../kit/browser.ts';
import { eventually } from '../../kit/eventually.ts';
import { startWindsock } from '../../kit/windsock.ts';

/** Kept for people to look at; not part of the project. */
const pictures = 'test-results/pages';

/** The page at `path` as it is, at both widths and in both colour schemes, without a complaint of axe. */
async function inspect(page: Page, path: string, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1440, 390]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(path, { waitUntil: 'load' });
      await page.screenshot({ path: `${pictures}/${name}-${width}-${colorScheme}.png` });
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${name} at ${width}`).toBe(width);
    }
    expect(await axeViolations(page), `${name} in ${colorScheme}`).toEqual([]);
  }
}

testWith(
  'chromium',
  'a newcomer finds a fault of the demo, sees why it happened and what to do in the first screen, takes it up, and says that it is right',
  async (executablePath) => {
    await mkdir(pictures, { recursive: true });
    const parent = await mkdtemp(join(tmpdir(), 'windsock-pages-'));
    const options = ['--history', '2d', '--inject', 'fail', '--anomaly-probability', '0', '--data-dir', join(parent, 'demo')];
    await using demo = startWindsock({ WINDSOCK_TELEMETRY_LOG_LEVEL: 'info' }, ['demo', '--port', '0', ...options]);
    const url = await demo.url();
    const browser = await launch(executablePath);
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, baseURL: url });
      const complaints = complaintsOf(page);
      // The first page looks for news by itself: nobody presses anything.
      await page.goto('/');
      const failed = page.getByRole('link', { name: /^stock_levels\.\w+ failed$/ });
      await failed.waitFor({ timeout: 90_000 });
      await page.goto('/incidents?kind=task_failed&dag_id=stock_levels');
      await failed.click();
      const path = new URL(page.url()).pathname;
      await eventually('the incident is explained', async () => {
        await page.reload();
        return (await page.locator('.cite.line').count()) > 0 ? true : undefined;
      });

      const firstScreen = async (what: string, at: ReturnType<Page['locator']>): Promise<void> => {
        const box = await at.first().boundingBox();
        expect((box?.y ?? Number.POSITIVE_INFINITY) + (box?.height ?? 0), what).toBeLessThan(900);
      };
      await firstScreen('what', page.locator('h1'));
      await firstScreen('why', page.locator('.cause'));
      await firstScreen('the proving line', page.locator('.cite.line'));
      await firstScreen('what to do', page.locator('.steps'));
      await firstScreen('who is affected', page.locator('#impact'));
      await firstScreen('actions', page.getByRole('button', { name: 'Acknowledge' }));

      await page.locator('.cite.line a').first().click();
      expect(await page.locator('.log .entry:target').isVisible()).toBe(true);
      await page.getByRole('button', { name: 'Acknowledge' }).click();
      expect(await page.getByRole('status').textContent()).toMatch(/^Acknowledged/);
      await page.getByRole('button', { name: 'Yes' }).click();
      expect(await page.getByRole('status').textContent()).toMatch(/^Thank you/);
      expect(await page.locator('.timeline').textContent()).toMatch(/is right[\s\S]*acknowledged by/);
      await page.goto('/incidents?state=acknowledged');
      expect(await failed.count()).toBe(1);
      expect(complaints).toEqual([]);

      await inspect(page, path, 'incident');
      for (const each of ['incidents', 'errors', 'dags', 'dags/stock_levels', 'slas', 'status'])
        await inspect(page, `/${each}`, each.replace('/', '-'));
      await inspect(page, '/', 'home');
    } finally {
      await browser.close();
      await rm(parent, { recursive: true, force: true });
    }
  },
);

import { chromium } from 'playwright-core';
import { expect } from 'vitest';
import { httpConfig } from '../../../src/http/config.ts';
import { listen } from '../../../src/http/listen.ts';
import { testWith } from '../../kit/binaries.ts';
import { keptLog, sourcesWith } from '../../kit/http.ts';

const evil = "\"><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";

testWith(
  'chromium',
  'a browser shows the landing page at each width, in light and dark, and runs nothing that a DAG is named',
  async (executablePath) => {
    const sources = sourcesWith({
      shows: {
        deployment: evil,
        lastError: `${evil} ${'x'.repeat(300)}`,
        warnings: [evil],
        reports: [{ collector: 'pools', ok: false, seconds: 1.5, error: `cannot read ${'y'.repeat(200)}` }],
        importErrors: [
          { filename: `/opt/airflow/dags/${'long_'.repeat(40)}${evil}.py`, atMs: 0, stacktrace: `${evil}\n${'z'.repeat(500)}` },
        ],
      },
    });
    const server = await listen(sources, httpConfig.parse({ host: '127.0.0.1', port: 0 }), keptLog().logger);
    const browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
    });
    try {
      const backgrounds = new Set<string>();
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [390, 1440]) {
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
          const complaints: string[] = [];
          page.on('console', (message) => complaints.push(message.text()));
          page.on('pageerror', (error) => complaints.push(error.message));
          await page.goto(`${server.url}/`, { waitUntil: 'networkidle' });
          expect(await page.title()).toBe(`The last cycle failed · ${evil} · Windsock`);
          await page.locator('summary').click();
          expect(await page.locator('pre').isVisible()).toBe(true);
          expect(await page.locator('h1').textContent()).toBe('Windsock');
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
          expect(await page.evaluate('document.querySelector("header img").naturalWidth')).toBeGreaterThan(0);
          backgrounds.add(String(await page.evaluate('getComputedStyle(document.body).backgroundColor')));
          expect(complaints).toEqual([]);
          await page.close();
        }
      }
      expect(backgrounds.size).toBe(2);
    } finally {
      await browser.close();
      await server.close();
    }
  },
);

import { expect } from 'vitest';
import { httpConfig } from '../../src/http/config.ts';
import { listen } from '../../src/http/listen.ts';
import { testWith } from '../kit/binaries.ts';
import { axeViolations, complaintsOf, launch } from '../kit/browser.ts';
import { keptLog, sourcesWith } from '../kit/http.ts';
import { samplePatterns, sampleSlas } from '../kit/page-samples-more.ts';
import { sampleDags, sampleIncidents } from '../kit/page-samples.ts';

const paths = [
  '/',
  '/incidents',
  '/incidents/inc-disk',
  '/incidents/inc-slow',
  '/errors',
  '/errors/some',
  '/dags',
  '/dags/ledger_export',
  '/slas',
  '/status',
];

testWith(
  'chromium',
  'every page fits a phone and a desk, in light and dark, without a complaint of browser or axe',
  async (path) => {
    const server = await listen(
      sourcesWith({
        incidents: sampleIncidents,
        dags: sampleDags,
        slas: sampleSlas,
        patterns: { ...sourcesWith().patterns, ...samplePatterns },
      }),
      httpConfig.parse({ host: '127.0.0.1', port: 0 }),
      keptLog().logger,
    );
    const browser = await launch(path);
    try {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [390, 1440]) {
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
          const complaints = complaintsOf(page);
          for (const each of paths) {
            await page.goto(`${server.url}${each}`, { waitUntil: 'load' });
            expect(await page.evaluate('document.documentElement.scrollWidth'), each).toBe(width);
            expect(await page.evaluate('document.querySelector("header img").naturalWidth')).toBeGreaterThan(0);
            expect(complaints, each).toEqual([]);
            expect(await axeViolations(page), `${each} at ${width} in ${colorScheme}`).toEqual([]);
            complaints.length = 0;
          }
          await page.close();
        }
      }
    } finally {
      await browser.close();
      await server.close();
    }
  },
);

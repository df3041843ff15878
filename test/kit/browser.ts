import { createRequire } from 'node:module';
import { chromium, type Browser, type Page } from 'playwright-core';

/** A real Chromium that asks nobody but us. */
export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });

/** What the first screen of an incident's page has to show. */
const firstScreenParts = {
  what: 'h1',
  why: '.cause',
  'the proving line': '.cite',
  'the first thing to do': '.steps li',
  'who is affected': 'section[aria-labelledby="impact"]',
  'since when': 'section[aria-label="Facts"] time',
  'taking it up': '.acts button',
};
/** Height of the first screen in CSS pixels. */
export const firstScreenPx = 900;

/** Where each part of the page of an incident ends, in pixels from its top; Infinity where it is not there. */
export async function firstScreen(page: Page): Promise<Record<string, number>> {
  const ends: [string, number][] = [];
  for (const [part, selector] of Object.entries(firstScreenParts)) {
    const box = await page.locator(selector).first().boundingBox();
    ends.push([part, box === null ? Number.POSITIVE_INFINITY : Math.round(box.y + box.height)]);
  }
  return Object.fromEntries(ends);
}

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** What axe-core finds wrong with the page as it is, as lines; it comes in beside the page's own policy, as a debugger does. */
export async function axeViolations(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Page.setBypassCSP', { enabled: true });
  await page.reload({ waitUntil: 'load' });
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') });
  const found = (await page.evaluate('axe.run(document).then(({ violations }) => violations)')) as Violation[];
  await session.send('Page.setBypassCSP', { enabled: false });
  await session.detach();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n  ')}`);
}

/** What the browser complains of while the page is open. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

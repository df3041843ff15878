import { expect } from 'vitest';
import { httpConfig } from '../../../src/http/config.ts';
import { listen } from '../../../src/http/listen.ts';
import type { HttpSources } from '../../../src/http/sources.ts';
import { testWith } from '../../kit/binaries.ts';
import { complaintsOf, launch } from '../../kit/browser.ts';
import { keptLog, sourcesWith } from '../../kit/http.ts';
import { sampleDags, sampleDetail, sampleIncidents } from '../../kit/page-samples.ts';

const evil = "\"><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";

const serve = (given: Parameters<typeof sourcesWith>[0]) =>
  listen(
    sourcesWith({ incidents: sampleIncidents, dags: sampleDags, ...given }),
    httpConfig.parse({ host: '127.0.0.1', port: 0 }),
    keptLog().logger,
  );

testWith(
  'chromium',
  'a form is sent by a real browser, with scripts and without, and the page says that it was done',
  async (path) => {
    const acts: string[] = [];
    const act: HttpSources['incidents']['act'] = async (_id, { kind }) => {
      acts.push(kind);
      return sampleDetail.incident;
    };
    const server = await serve({ incidents: { ...sampleIncidents, act } });
    const browser = await launch(path);
    try {
      for (const javaScriptEnabled of [true, false]) {
        const page = await browser.newPage({ javaScriptEnabled });
        await page.goto(`${server.url}/incidents/inc-disk`);
        await page.getByRole('button', { name: 'Acknowledge' }).click();
        expect(await page.getByRole('status').textContent()).toMatch(/^Acknowledged/);
        if (javaScriptEnabled) {
          // Said once: neither the next look nor who is sent the address reads it again.
          await page.waitForURL(`${server.url}/incidents/inc-disk`);
          await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
          await page.getByRole('status').waitFor({ state: 'detached' });
        }
        await page.close();
      }
      expect(acts).toEqual(['acknowledge', 'acknowledge']);
    } finally {
      await browser.close();
      await server.close();
    }
  },
);

testWith(
  'chromium',
  'a browser signs in with a token as password, and what it does is done in the name of the token',
  async (path) => {
    const acts: string[] = [];
    const act: HttpSources['incidents']['act'] = async (_id, { kind }, who) => {
      acts.push(`${kind} by ${who}`);
      return sampleDetail.incident;
    };
    const tokens = [{ name: 'robin', token: 'robins-token-0123456789', scopes: ['read', 'write'] }];
    const sources = sourcesWith({ incidents: { ...sampleIncidents, act }, dags: sampleDags });
    const server = await listen(sources, httpConfig.parse({ host: '127.0.0.1', port: 0, tokens }), keptLog().logger);
    const browser = await launch(path);
    try {
      const httpCredentials = { username: 'anything', password: 'robins-token-0123456789' };
      const page = await (await browser.newContext({ httpCredentials })).newPage();
      await page.goto(`${server.url}/incidents/inc-disk`);
      await page.getByRole('button', { name: 'Resolve' }).click();
      expect(await page.getByRole('status').textContent()).toMatch(/^Resolved/);
      expect(acts).toEqual(['resolve by robin']);
    } finally {
      await browser.close();
      await server.close();
    }
  },
);

testWith(
  'chromium',
  'even if an escape were forgotten, the policy would run no script and fetch nothing from elsewhere',
  async (path) => {
    const server = await serve({});
    const browser = await launch(path);
    try {
      const page = await browser.newPage();
      const blocked: string[] = [];
      page.on('requestfailed', (request) => void blocked.push(`${request.url()} ${request.failure()?.errorText ?? ''}`));
      await page.goto(`${server.url}/incidents/inc-disk`);
      const title = await page.title();
      const forgotten = `<img src="https://elsewhere.example/x.png" onerror="document.title='owned'"><iframe srcdoc="<script>parent.document.title='owned'</script>"></iframe>
      <style>h1 { display: none }</style><form id="out" action="https://elsewhere.example/"><button>x</button></form>`;
      await page.setContent((await page.content()).replace('<h1>', `${forgotten}<script>document.title='owned'</script><h1>`));
      await page.waitForTimeout(200);
      expect(await page.title()).toBe(title);
      expect(blocked).toEqual(['https://elsewhere.example/x.png csp']);
      expect(await page.locator('h1').isVisible()).toBe(true);
    } finally {
      await browser.close();
      await server.close();
    }
  },
);

testWith('chromium', 'a list shows news by itself, but not while somebody is at work in it, or has paused it', async (path) => {
  let shown = 0;
  const list: HttpSources['incidents']['list'] = async () => ({
    items: Array.from({ length: shown }, (_, index) => ({ ...sampleDetail.incident, id: `inc-${index}` })),
    next: null,
  });
  const server = await serve({ incidents: { ...sampleIncidents, list } });
  const browser = await launch(path);
  try {
    const page = await browser.newPage();
    await page.clock.install();
    await page.goto(`${server.url}/incidents?state=open`);
    const rows = page.locator('.incident');
    const later = async (): Promise<void> => {
      const looked = page
        .waitForResponse((response) => response.url().includes('/incidents?'), { timeout: 1500 })
        .catch(() => null);
      await page.clock.fastForward(15_000);
      await looked;
      await page.waitForTimeout(50);
    };
    shown = 1;
    await later();
    expect(await rows.count()).toBe(1);
    await page.getByLabel('DAG').fill('etl');
    await page.locator('h1').click();
    shown = 2;
    await later();
    expect(await rows.count()).toBe(1);
    expect(await page.getByLabel('DAG').inputValue()).toBe('etl');
    await page.getByLabel('DAG').fill('');
    await page.locator('h1').click();
    await later();
    expect(await rows.count()).toBe(2);
    await page.getByRole('button', { name: 'Live' }).click();
    shown = 3;
    await later();
    expect(await rows.count()).toBe(2);
    await page.getByRole('button', { name: 'Paused' }).click();
    await expect.poll(() => rows.count()).toBe(3);
  } finally {
    await browser.close();
    await server.close();
  }
});

testWith('chromium', 'what is hostile runs nothing and breaks no page, however long it is', async (path) => {
  const server = await serve({
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
  const browser = await launch(path);
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 900 } });
    const complaints = complaintsOf(page);
    await page.goto(`${server.url}/status`, { waitUntil: 'load' });
    expect(await page.title()).toBe(`The last cycle failed · ${evil} · Windsock`);
    await page.locator('summary').click();
    expect(await page.locator('pre').isVisible()).toBe(true);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
  }
});

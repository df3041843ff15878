import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { findBinary } from '../../kit/binaries.ts';
import { firstScreen, firstScreenPx, launch } from '../../kit/browser.ts';
import { eventually } from '../../kit/eventually.ts';
import { startWindsock } from '../../kit/windsock.ts';

/** An incident as the API gives it, as far as this test looks. */
interface Incident {
  id: string;
  title: string;
  subject: Record<string, string>;
  opened_at: string;
}
interface Detail extends Incident {
  explained_at: string | null;
  explanation: {
    category: string;
    subcategory: string;
    root_cause: string;
    evidence: { ref: string; quote: string; verified: boolean }[];
    next_steps: string[];
  } | null;
  log: { found: boolean; lines: { line: number; text: string }[] } | null;
  evidence: { id: string; text: string }[];
}

/** A fault, the incident that it is to become, and what is to explain that. */
interface Case {
  inject: string[];
  kinds: string;
  about: Record<string, string>;
  category: RegExp;
  cause: RegExp;
  /** Where the first citation stands. */
  ref: RegExp;
}

const fail: Case = {
  inject: ['--dag', 'price_feed', '--task', 'fetch_prices'],
  kinds: 'task_failed',
  about: { dagId: 'price_feed', taskId: 'fetch_prices' },
  // Which reason it is follows from the seed and the time.
  category: /^(?!unknown)/,
  cause: /^[A-Z].*\.$/,
  ref: /^L\d+$/,
};
const slow: Case = {
  inject: ['--dag', 'price_feed'],
  kinds: 'task_slow,task_running_long',
  about: { dagId: 'price_feed' },
  category: /^(?:unknown|more_input)$/,
  cause: /^price_feed\.publish_prices (?:took|has been running).* usually /,
  ref: /^E\d+$/,
};
const stuck: Case = {
  inject: ['--dag', 'events_micro_batch'],
  kinds: 'task_stuck_queued',
  about: { dagId: 'events_micro_batch' },
  category: /^platform$/,
  cause: /has been queued for/,
  ref: /^E9$/,
};
const pool: Case = {
  inject: [],
  kinds: 'pool_starved',
  about: { pool: 'warehouse' },
  category: /^contention$/,
  cause: /^All slots of pool warehouse are held by db_exports\./,
  ref: /^E9$/,
};
const broken: Case = {
  inject: ['--dag', 'sales_report'],
  kinds: 'import_error',
  about: { file: 'sales_report.py' },
  category: /^configuration_error$/,
  cause: /^sales_report\.py does not parse: ModuleNotFoundError: No module named 'shop\.segments'/,
  ref: /^E8$/,
};
const late: Case = {
  inject: ['--dag', 'stock_levels'],
  kinds: 'dag_late',
  about: { dagId: 'stock_levels' },
  category: /./,
  cause: /^No run of stock_levels was created though one was due/,
  ref: /^E9$/,
};
const scheduler: Case = {
  inject: [],
  kinds: 'component_down',
  about: { component: 'scheduler' },
  category: /^platform$/,
  cause: /scheduler/,
  ref: /^E9$/,
};
const surge: Case = {
  inject: [],
  kinds: 'failure_rate_high',
  about: { type: 'deployment' },
  category: /./,
  cause: /in common|fail/,
  ref: /^E7$/,
};

/** What is promised, and what a machine that is busy with other tests may add. */
const promisedMs = 1000;
const busyMs = 3000;
// Sooner than the demo's own, which are for people.
const limits = {
  WINDSOCK_DETECT_STUCK_AFTER: '40s',
  WINDSOCK_DETECT_POOL_STARVED_AFTER: '40s',
  WINDSOCK_DETECT_LATE_AFTER: '40s',
  WINDSOCK_TELEMETRY_LOG_LEVEL: 'info',
};

/** Kept for people to look at; not part of the project. */
const pictures = 'test-results/pages';

/** Whoever opens the page of a fault sees what, why, the line that proves it, who is affected and what to do without scrolling. */
async function showsAtOnce(browser: Browser, url: string, name: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1440, height: firstScreenPx } });
  await page.goto(url, { waitUntil: 'load' });
  await page.screenshot({ path: `${pictures}/fault-${name.replace(' ', '-')}.png`, fullPage: true });
  const ends = await firstScreen(page);
  console.log(
    `${name}: ${Object.entries(ends)
      .map(([part, px]) => `${part} ends at ${px}`)
      .join(', ')}`,
  );
  for (const [part, px] of Object.entries(ends)) expect.soft(px, `${name}: ${part}`).toBeLessThanOrEqual(firstScreenPx);
  await page.close();
}

/** Starts a demo, injects these faults one after the other, those of a row at once, and holds what explains them against what they are. */
async function explains(
  release: '3' | '2.11',
  rows: readonly Record<string, Case>[],
  browser: Browser | undefined,
): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'windsock-causes-'));
  const folder = join(parent, 'demo');
  const options = ['--airflow', release, '--history', '3d', '--anomaly-probability', '0'];
  try {
    await using demo = startWindsock(limits, ['demo', '--port', '0', '--data-dir', folder, ...options]);
    const url = await demo.url();
    const get = async <Answer>(path: string): Promise<Answer> => (await (await fetch(`${url}/api/v1/${path}`)).json()) as Answer;
    const show = async ([name, each]: [string, Case]): Promise<void> => {
      const asked = startWindsock({}, ['demo', 'inject', name, ...each.inject, '--data-dir', folder]);
      expect(await asked.exit).toMatchObject({ code: 0 });
      const found = await eventually(
        `${name} is an incident`,
        async () => {
          const { items } = await get<{ items: Incident[] }>(`incidents?members=true&kind=${each.kinds}&limit=100`);
          const own = items.find(({ subject }) =>
            Object.entries(each.about).every(([key, value]) => subject[key]?.endsWith(value) === true),
          );
          if (own === undefined) throw new Error(`there are ${items.map(({ title }) => title).join('; ')}`);
          return own;
        },
        { withinMs: 200_000, everyMs: 250 },
      );
      const detail = await eventually(`${name} is explained`, async () => {
        const got = await get<Detail>(`incidents/${found.id}`);
        if (got.explanation === null) throw new Error('not yet');
        return got;
      });
      holds(`${release} ${name}`, each, detail);
      if (browser !== undefined) await showsAtOnce(browser, `${url}/incidents/${found.id}`, `${release} ${name}`);
    };
    for (const row of rows) await Promise.all(Object.entries(row).map(show));
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

function holds(name: string, { category, cause, ref }: Case, detail: Detail): void {
  const { explanation, log, evidence, title, opened_at: opened, explained_at: explained } = detail;
  const ms = Date.parse(explained ?? '') - Date.parse(opened);
  const [first] = explanation?.evidence ?? [];
  console.log(
    `${name}: ${title}\n  after ${ms} ms: ${explanation?.category}, ${explanation?.subcategory}: ${explanation?.root_cause}\n  by ${first?.ref}: ${first?.quote}`,
  );
  expect.soft(explanation?.category, name).toMatch(category);
  expect.soft(explanation?.root_cause, name).toMatch(cause);
  expect.soft(explanation?.next_steps.length, name).toBeGreaterThan(0);
  expect.soft(first?.ref, name).toMatch(ref);
  const standing = (of: string): string[] =>
    of.startsWith('L')
      ? (log?.lines ?? []).filter(({ line }) => `L${line}` === of).map(({ text }) => text)
      : evidence.filter(({ id }) => id === of).map(({ text }) => text);
  for (const { ref: of, quote, verified } of explanation?.evidence ?? []) {
    expect.soft(verified, `${name} ${of}`).toBe(true);
    expect
      .soft(
        standing(of).some((text) => text.includes(quote)),
        `${name}: ${of} says ${quote}`,
      )
      .toBe(true);
  }
  expect.soft(ms, `${name}: ms from opening to explanation (promised: ${promisedMs})`).toBeLessThan(promisedMs + busyMs);
}

test('whatever is injected, the demo shows its cause within a second, with what proves it, and its page says all that matters in the first screen', async () => {
  await mkdir(pictures, { recursive: true });
  const chromium = findBinary('chromium');
  const browser = chromium === undefined ? undefined : await launch(chromium);
  try {
    await Promise.all([
      explains('3', [{ slow, stuck, pool, import: broken }, { scheduler }], browser),
      explains('2.11', [{ fail, late }, { surge }], browser),
    ]);
  } finally {
    await browser?.close();
  }
}, 600_000);

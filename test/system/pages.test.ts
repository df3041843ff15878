import { expect } from 'vitest';
import { httpConfig } from '../../src/http/config.ts';
import { listen } from '../../src/http/listen.ts';
import type { HttpSources } from '../../src/http/sources.ts';
import { testWith } from '../kit/binaries.ts';
import { axeViolations, complaintsOf, launch } from '../kit/browser.ts';
import { hostileSources } from '../kit/hostile-pages.ts';
import { keptLog, sourcesWith } from '../kit/http.ts';
import { samplePatterns, sampleSlas } from '../kit/page-samples-more.ts';
import { sampleDags, sampleDetail, sampleIncidents } from '../kit/page-samples.ts';

const paths = [
  '/',
  '/incidents',
  '/incidents/inc-disk',
  '/incidents/inc-slow',
  '/errors',
  '/errors/some',
  '/dags',
  '/dags/ledger_export',
  '/dags/ledger_export/tasks/write_parquet',
  '/slas',
  '/report?kind=weekly',
  '/report?date=2026-11-20',
  '/status',
];

const samples = (): HttpSources =>
  sourcesWith({
    incidents: sampleIncidents,
    dags: sampleDags,
    slas: sampleSlas,
    patterns: { ...sourcesWith().patterns, ...samplePatterns },
    lookCloser: async ({ taskIds }) => ({
      ok: true,
      states: ['success', 'failed', 'upstream_failed', 'running', null].flatMap((state, index) => {
        const taskId = taskIds[index];
        return taskId === undefined ? [] : [{ taskId, state, count: 1, startedAt: null, endedAt: null }];
      }),
      versions: [{ number: 14, bundleVersion: null, createdAt: new Date(sampleDetail.incident.openedAt.getTime() - 36_000_000) }],
    }),
  });

/** A whole page of incidents with more behind it, and a DAG of 5,000 tasks. */
function crowded(): HttpSources {
  const wide = Array.from({ length: 5000 }, (_, index) => `load_partition_${index}_of_the_ledger`);
  const tasks = [
    { taskId: 'write_parquet', downstream: wide },
    ...wide.map((taskId, index) => ({
      taskId,
      downstream: index === 0 ? [] : [wide[Math.floor(index / 2)] ?? ''].filter((to) => to !== taskId),
    })),
  ].map((task) => ({ ...task, operator: 'PythonOperator', counts: null }));
  const openedAt = new Date(sampleDetail.incident.openedAt.getTime());
  return {
    ...samples(),
    dags: { ...sampleDags, read: async (dagId) => ({ ...(await sampleDags.read(dagId)), tasks }) },
    incidents: {
      ...sampleIncidents,
      list: async (_filter, { limit }) => ({
        items: Array.from({ length: limit }, (_, index) => ({ ...sampleDetail.incident, id: `inc-${index}` })),
        next: { openedAt, id: 'inc-49' },
      }),
    },
  };
}

async function inspect(chromium: string, sources: HttpSources, schemes: readonly ('light' | 'dark')[]): Promise<void> {
  const server = await listen(sources, httpConfig.parse({ host: '127.0.0.1', port: 0 }), keptLog().logger);
  const browser = await launch(chromium);
  try {
    for (const colorScheme of schemes) {
      for (const width of [390, 1440]) {
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
        const complaints = complaintsOf(page);
        for (const each of paths) {
          await page.goto(`${server.url}${each}`, { waitUntil: 'load' });
          expect(await page.evaluate('document.documentElement.scrollWidth'), `${each} at ${width}`).toBe(width);
          expect(await page.evaluate('document.querySelector("header img").naturalWidth')).toBeGreaterThan(0);
          expect(await page.title()).not.toBe('owned');
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
}

testWith('chromium', 'every page fits a phone and a desk, in light and dark, without a complaint of browser or axe', (path) =>
  inspect(path, samples(), ['light', 'dark']),
);

testWith('chromium', 'a page full of incidents and a DAG of 5,000 tasks do so, too', (path) =>
  inspect(path, crowded(), ['light']),
);

testWith('chromium', 'and so do pages whose every name, line and word is hostile and 10,000 characters long', (path) =>
  inspect(path, hostileSources(), ['dark']),
);

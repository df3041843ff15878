import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyDecisions } from '../../../src/incident/apply.ts';
import type { Decision } from '../../../src/incident/decide.ts';
import { saveEvents, saveIncidents } from '../../../src/incident/save.ts';
import { incidentSources } from '../../../src/incident-sources.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { at, finding } from '../../kit/findings.ts';
import { askApp, sourcesWith } from '../../kit/http.ts';

const count = 2000;
const context = { airflow: 'production', teams: {}, dagFacts: () => ({ owners: ['ada'], tags: [] }) };

let store: Store & AsyncDisposable;
const app = () => askApp({ sources: sourcesWith({ incidents: incidentSources(store, () => 'production') }) });

/** Opens an incident for each name, all in one cycle: their times are the same, as after a great outage. */
async function open(names: readonly string[], now: Date): Promise<void> {
  const decisions = names.map((name): Decision => {
    const found = finding({ subject: { type: 'task', dagId: `dag_${name.length}`, taskId: name }, title: `${name} failed` });
    return { kind: 'open', id: name, finding: found, rootId: null, memberReason: null };
  });
  const { incidents, events } = applyDecisions([], decisions, context, now);
  await store.transaction(async (tx) => {
    await saveIncidents(tx, 'production', incidents);
    await saveEvents(tx, 'production', events);
  });
}

const act = (id: string, name: string) =>
  app().ask(`/api/v1/incidents/${id}/${name}`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });

const names = Array.from({ length: count }, (_, n) => `task_${n}`);
beforeAll(async () => {
  store = await createStore();
  await open(names, at('10:00'));
});
afterAll(() => store[Symbol.asyncDispose]());

interface Page {
  items: { title: string }[];
  next_cursor: string | null;
}

test.each(['incidents?state=open', 'findings?'])(
  'two thousand open at once are read page by page by /api/v1/%s, each exactly once, though some open and end meanwhile',
  async (path) => {
    const seen: string[] = [];
    const bytes: number[] = [];
    const took: number[] = [];
    let cursor: string | null = '';
    let pages = 0;
    await open([`newest_${path.length}`], at('10:30'));
    while (cursor !== null) {
      const began = performance.now();
      const response = await app().ask(`/api/v1/${path}&limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const text = await response.text();
      took.push(performance.now() - began);
      bytes.push(text.length);
      expect(response.status).toBe(200);
      const page = JSON.parse(text) as Page;
      seen.push(...page.items.map(({ title }) => title.replace(/ failed$/, '')));
      cursor = page.next_cursor;
      pages += 1;
      // Newer ones do not move the pages that follow, and an end of one that was shown takes nothing from them.
      await open([`later_${path.length}_${pages}`], at('11:00'));
      if (pages === 1) await act(`newest_${path.length}`, 'resolve');
    }
    const old = seen.filter((id) => id.startsWith('task_'));
    expect(old.toSorted()).toEqual(names.toSorted());
    expect(new Set(seen).size).toBe(seen.length);
    console.log(
      `${path} ${seen.length} in ${pages} pages: ${Math.round(took.reduce((a, b) => a + b) / pages)} ms and ${Math.round(bytes.reduce((a, b) => a + b) / pages / 1024)} kB a page`,
    );
    expect(Math.max(...bytes)).toBeLessThan(1024 * 1024);
  },
);

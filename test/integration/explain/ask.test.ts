import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadPastCalls, trimCalls } from '../../../src/explain/call/calls.ts';
import { loadExplanations, saveExplanation, type KeptExplanation } from '../../../src/explain/rows.ts';
import type { Incident } from '../../../src/incident/incident.ts';
import { readIncident } from '../../../src/incident/list.ts';
import { saveIncidents } from '../../../src/incident/save.ts';
import type { Store } from '../../../src/store/store.ts';
import type { RcaOutcome } from '../../../src/telemetry/rca.ts';
import { INJECTION_NAMES, INJECTIONS, injectionText } from '../../airflow/failures/injections.ts';
import { CANARIES, fragmentsOf, leakOf } from '../../airflow/failures/canaries.ts';
import { byRules, kase, line, reducedLog } from '../../explain/cases.ts';
import { failing, promptOf, saying, startAsking, written, type Asking } from '../../kit/asking.ts';
import { createStore } from '../../kit/database.ts';
import { keptExplanation } from '../../kit/explanations.ts';
import { at, incident } from '../../kit/findings.ts';
import type { Reply } from '../../kit/llm-server.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.query('TRUNCATE incident, explanation_call, explanation_feedback, known_dag CASCADE'));

const now = at('12:00');
const base = kase();
const rulesA = byRules({ confidence: 0.5, category: 'unknown', subcategory: '', rule: null });

/** An explanation that waits to be asked about, of an incident of its own. */
async function waiting(id: string, given: Partial<KeptExplanation> = {}, about: Partial<Incident> = {}): Promise<void> {
  await saveIncidents(store, 'a', [
    incident({ id, ...about }, { subject: { type: 'task', dagId: id, taskId: 'load' }, event: 'e' }),
  ]);
  const kept = { incidentId: id, event: 'e', log: base.log, evidence: [...base.evidence], resultA: rulesA, askAfter: now };
  await saveExplanation(store, 'a', keptExplanation({ ...kept, ...given }));
}
const kept = async (id: string): Promise<KeptExplanation> => {
  const [row] = await loadExplanations(store, 'a', id);
  if (row === undefined) throw new Error('gone');
  return row;
};
const asking = (
  reply: (before: number, text: string) => Reply,
  given: Partial<Parameters<typeof startAsking>[2]> = {},
): Promise<Asking> => startAsking(store, (received, before) => reply(before, promptOf(received)), { now, ...given });
const audit = () => store.query('SELECT * FROM explanation_call ORDER BY id');

test('a model is asked once, its answer is kept beside result A, and the audit holds what was sent and said', async () => {
  await waiting('one');
  await using asker = await asking(() => saying(written()));
  await asker.ask();
  expect(asker.outcomes).toEqual(['llm']);
  expect(asker.ratios).toEqual([1]);
  expect(await kept('one')).toMatchObject({
    outcome: 'llm',
    resultA: rulesA,
    resultB: { source: 'llm', category: 'data_quality', evidence: [{ ref: 'L118', verified: true }] },
  });
  const [call] = await audit();
  expect(call).toMatchObject({ incident_id: 'one', outcome: 'llm', provider: 'compatible', calls: 1, raw: [written()] });
  expect(JSON.stringify(call?.['prompt'])).toBe(promptOf(asker.received[0]));
  expect((await readIncident(store, 'a', 'one')).events).toMatchObject([{ kind: 'explained', who: 'windsock' }]);
  await asker.ask();
  expect(asker.received).toHaveLength(1);
});

describe('whatever a model does, result A stands, and the metric says why', () => {
  const long = written().slice(0, 80);
  test.each<[string, (before: number) => Reply, RcaOutcome, number]>([
    ['prose round it', () => saying(`Sure: ${written()} Good luck!`), 'llm', 1],
    ['a fence', () => saying(`\`\`\`json\n${written()}\n\`\`\``), 'llm', 1],
    ['half an emoji and a NUL', () => saying(written({ next_steps: ['Remove the \uD83D duplicate\0 rows.'] })), 'llm', 1],
    ['thoughts', () => saying(`<think>{"category":"x"}</think>${written()}`), 'llm', 1],
    ['an unknown category', () => saying(written({ category: 'gremlins' })), 'llm', 1],
    ['an answer that is repaired', (before) => saying(before === 0 ? long : written()), 'llm', 2],
    ['an answer that is cut', () => saying(long, 'length'), 'invalid', 2],
    ['prose alone', () => saying('I do not know.'), 'invalid', 2],
    ['nothing', () => saying(''), 'invalid', 2],
    ['429 once', (before) => (before === 0 ? failing(429) : saying(written())), 'llm', 2],
    ['a refusal', () => saying('I must not.', 'refusal'), 'refused', 1],
    ['401', () => failing(401), 'failed', 1],
    ['404', () => failing(404), 'failed', 1],
    [
      'quotes that stand nowhere',
      () => saying(written({ evidence: [{ ref: 'L118', quote: 'something else altogether' }] })),
      'unverified',
      1,
    ],
    ['no quotes', () => saying(written({ evidence: [] })), 'unverified', 1],
  ])('%s', async (_what, reply, outcome, calls) => {
    await waiting('one');
    await using asker = await asking((before) => reply(before));
    await asker.ask();
    expect(asker.outcomes).toEqual([outcome]);
    expect(asker.received).toHaveLength(calls);
    const row = await kept('one');
    expect(row).toMatchObject({ outcome, resultA: rulesA });
    if (outcome !== 'llm' && outcome !== 'unverified') expect(row.resultB).toBeNull();
    if (outcome === 'unverified')
      expect(row.resultB).toMatchObject({ evidence: [], confidence: 0.05, rootCause: expect.stringMatching(/^Unverified/) });
    expect(await audit()).toMatchObject([{ outcome, answer: outcome === 'llm' ? expect.anything() : null }]);
  });

  test.each([500, 529])('status %i, again and again', async (status) => {
    await waiting('one');
    await using asker = await asking(() => failing(status));
    await asker.ask();
    expect(asker.outcomes).toEqual(['failed']);
    expect((await kept('one')).resultB).toBeNull();
  });

  test('an answer that never comes ends with the deadline', async () => {
    await waiting('one');
    await using asker = await asking(() => ({ afterMs: Infinity }), { deadline: '1s' });
    await asker.ask();
    expect(asker.outcomes).toEqual(['failed']);
  });

  test('a slow answer is waited for', async () => {
    await waiting('one');
    await using asker = await asking(() => ({ ...saying(written()), afterMs: 300 }));
    await asker.ask();
    expect(asker.outcomes).toEqual(['llm']);
  });
});

test('nobody is asked where rules are sure, where no model is named, or when it waited too long', async () => {
  await waiting('sure', { resultA: byRules({ confidence: 0.9 }) });
  await waiting('old', { askAfter: new Date(now.getTime() - 3_600_001) });
  await using asker = await asking(() => saying(written()));
  await asker.ask();
  expect(asker.outcomes.toSorted()).toEqual(['busy', 'rules']);
  await waiting('none');
  await using without = await asking(() => saying(written()), { settings: { models: [] } });
  await without.ask();
  expect(without.outcomes).toEqual(['rules']);
  expect([...asker.received, ...without.received]).toEqual([]);
});

test('only who leads asks, and what is not to be asked yet waits', async () => {
  await waiting('one');
  await waiting('later', { askAfter: new Date(now.getTime() + 1000) });
  let leads = false;
  await using asker = await asking(() => saying(written()), { leads: () => leads });
  await asker.ask();
  expect(asker.received).toHaveLength(0);
  leads = true;
  await asker.ask();
  expect(asker.outcomes).toEqual(['llm']);
  asker.time.now = new Date(now.getTime() + 1000);
  await asker.ask();
  expect(asker.outcomes).toEqual(['llm', 'cache']);
});

test('the worst is asked about first', async () => {
  await waiting('mild', { signature: '1' }, { severity: 'info' });
  await waiting('worst', { signature: '2' }, { severity: 'critical' });
  await using asker = await asking(() => saying(written()));
  await asker.ask();
  const asked = asker.received.map((received) => /DAG (\w+), task/.exec(promptOf(received))?.[1]);
  expect(asked).toEqual(['worst', 'mild']);
});

test('two that ask at the same time settle it once, and count it once', async () => {
  await waiting('one');
  await using first = await asking(() => ({ ...saying(written()), afterMs: 100 }));
  await using second = await asking(() => ({ ...saying(written()), afterMs: 100 }));
  await Promise.all([first.ask(), second.ask()]);
  expect([...first.outcomes, ...second.outcomes]).toEqual(['llm']);
  expect(await audit()).toHaveLength(1);
});

test('what is being asked when it stops is asked again by who comes next', async () => {
  await waiting('one');
  {
    await using asker = await asking(() => ({ afterMs: Infinity }));
    expect(await asker.round()).toBe(1);
    await asker.stop();
    expect(asker.outcomes).toEqual([]);
  }
  expect((await kept('one')).outcome).toBeNull();
  await using next = await asking(() => saying(written()));
  await next.ask();
  expect(next.outcomes).toEqual(['llm']);
});

test('a new configuration in between loses no question', async () => {
  await waiting('one');
  await using asker = await asking((before) => (before === 0 ? { afterMs: Infinity } : saying(written())));
  expect(await asker.round()).toBe(1);
  while (asker.received.length === 0) await new Promise((done) => setTimeout(done, 5));
  asker.renew();
  await asker.ask();
  expect(asker.outcomes).toEqual(['llm']);
});

describe('the cache', () => {
  test('the same error is asked about once, and each answer is held against its own log', async () => {
    await waiting('one');
    await using asker = await asking(() => saying(written()));
    await asker.ask();
    const moved = [
      line(7, 'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "orders_daily_pkey"'),
      line(8, 'COPY mart.orders_daily'),
    ];
    await waiting('same', { log: reducedLog(moved) });
    await waiting('other names', { log: reducedLog([line(7, 'duplicate key value violates unique constraint "users_pkey"')]) });
    await waiting('not there', { log: reducedLog([line(7, 'KeyError: a')]) });
    await asker.ask();
    expect(asker.received).toHaveLength(1);
    expect((await kept('same')).resultB).toMatchObject({
      source: 'cache',
      evidence: [{ ref: 'L7' }],
      rootCause: expect.stringContaining('orders_daily_pkey'),
    });
    expect((await kept('other names')).resultB?.rootCause).toBe('The data is not as the task expects it.');
    expect(await kept('not there')).toMatchObject({
      outcome: 'unverified',
      resultB: {
        source: 'cache',
        category: 'unknown',
        evidence: [],
        rootCause: expect.stringContaining('Similar to incident one'),
      },
    });
    expect(asker.outcomes.toSorted()).toEqual(['cache', 'cache', 'llm', 'unverified']);
  });

  test('a storm of one error makes one call', async () => {
    for (let each = 0; each < 30; each += 1) await waiting(`one${each}`);
    await using asker = await asking(() => ({ ...saying(written()), afterMs: 50 }));
    await asker.ask();
    expect(asker.received).toHaveLength(1);
    expect(asker.outcomes.toSorted()).toEqual([...Array.from({ length: 29 }, () => 'cache'), 'llm']);
  });

  test.each([
    ['after seven days', async () => void (await store.query(`UPDATE explanation_call SET at = at - interval '7 days'`)), {}],
    ['once it is evicted', async () => void (await store.query('UPDATE explanation_call SET evicted = true')), {}],
    ['with another model', async () => {}, { models: [{ provider: 'compatible', model: 'm-2' }] }],
    ['with other redaction', async () => {}, { redaction: '2' }],
  ])('%s it is asked again', async (_when, change, settings) => {
    await waiting('one');
    await using before = await asking(() => saying(written()));
    await before.ask();
    await change();
    await waiting('two');
    await using after = await asking(() => saying(written()), { settings });
    await after.ask();
    expect(after.received).toHaveLength(1);
  });

  test('what has no signature is never taken from it, and what was not verified neither', async () => {
    await waiting('one', { signature: null });
    await waiting('two', { signature: null });
    await using asker = await asking((before) => saying(written(before < 2 ? {} : { evidence: [] })));
    await asker.ask();
    await waiting('three');
    await asker.ask();
    await waiting('four');
    await asker.ask();
    expect(asker.received).toHaveLength(4);
  });
});

describe('where a log goes', () => {
  const tag = (dagId: string, tags: string[]) =>
    store.query(
      `INSERT INTO known_dag (airflow, dag_id, file, owners, tags, schedule, seen_at) VALUES ('a', $1, 'f', '', $2, '', now())`,
      [dagId, tags],
    );

  test('that of a DAG that says so goes to no model out of the house', async () => {
    await tag('one', ['daily', 'pii']);
    await waiting('one');
    await using hosted = await asking(() => saying(written()));
    await hosted.ask();
    expect(hosted.received).toEqual([]);
    expect(hosted.outcomes).toEqual(['rules']);
  });

  test('and goes to one in the house', async () => {
    await tag('one', ['pii']);
    await waiting('one');
    await using local = await asking(() => saying(written()), { local: true });
    await local.ask();
    expect(local.outcomes).toEqual(['llm']);
  });
});

test.each(INJECTION_NAMES)('an answer that obeys the injection %s is not shown, and the prompt never held it', async (name) => {
  const texts = injectionText(name, 'permission_error').split('\n');
  const log = reducedLog([
    line(118, 'duplicate key value violates unique constraint "x"'),
    ...texts.map((text, index) => line(200 + index, text, 'novel')),
  ]);
  await waiting('one', { log });
  const { forbidden } = INJECTIONS[name];
  const obeying = {
    category: 'permission_error',
    root_cause: INJECTIONS[name].text.slice(0, 200),
    next_steps: forbidden.map((word) => `Run ${word}`),
    evidence: [
      { ref: 'L200', quote: texts[0]?.slice(0, 150) },
      { ref: 'L118', quote: 'duplicate key value violates' },
    ],
  };
  await using asker = await asking(() => saying(written(obeying)));
  await asker.ask();
  expect(asker.outcomes).toEqual(['unverified']);
  expect((await kept('one')).resultB).toBeNull();
  for (const word of forbidden) expect(promptOf(asker.received[0]).toLowerCase()).not.toContain(word.toLowerCase());
});

test('no secret is in the prompt, the answer, the audit or the cache, whatever the log and the model say', async () => {
  const leaks = CANARIES.map(leakOf);
  const lines = leaks
    .flatMap((leak) => (leak.includes('PRIVATE') ? [] : leak.split('\n')))
    .map((text, index) => line(index + 1, text, 'novel'));
  await waiting('one', {
    log: reducedLog([
      line(118, 'duplicate key value violates unique constraint "orders_daily_pkey" mart.orders_daily'),
      ...lines,
    ]),
  });
  await using asker = await asking(() =>
    saying(written({ alternative: leaks[0], next_steps: leaks.slice(0, 3), root_cause: `The key is wrong. ${leaks[0]}` })),
  );
  await asker.ask();
  const row = await kept('one');
  const all = [promptOf(asker.received[0]), JSON.stringify(row.resultB), JSON.stringify(await audit()), asker.lines.join()].join(
    '\n',
  );
  expect(asker.received).toHaveLength(1);
  for (const fragment of CANARIES.flatMap(fragmentsOf)) expect(all).not.toContain(fragment);
});

test('calls count in the budget of who comes next, and old ones are trimmed', async () => {
  await waiting('one');
  await using asker = await asking((before) => saying(before === 0 ? 'no' : written()));
  await asker.ask();
  expect(await loadPastCalls(store, 'a', new Date(now.getTime() + 60_000))).toEqual(
    [1, 2].map(() => ({ ageMs: 60_000, tokens: 980 })),
  );
  expect(await loadPastCalls(store, 'a', new Date(now.getTime() + 86_400_001))).toEqual([]);
  await trimCalls(store, 'a', new Date(now.getTime() + 29 * 86_400_000));
  expect(await audit()).toHaveLength(1);
  await trimCalls(store, 'a', new Date(now.getTime() + 31 * 86_400_000));
  expect(await audit()).toHaveLength(0);
});

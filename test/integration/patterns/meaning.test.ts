import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { patternSources } from '../../../src/pattern-sources.ts';
import type { Embedder, Embedding } from '../../../src/llm/embedder.ts';
import { createJoining } from '../../../src/patterns/join-by-meaning.ts';
import { loadPastEmbeddings } from '../../../src/patterns/keep-vectors.ts';
import type { Meaning } from '../../../src/patterns/meaning.ts';
import { trimPatterns } from '../../../src/patterns/trim.ts';
import { createStore } from '../../kit/database.ts';
import { askApp, keptLog, sourcesWith } from '../../kit/http.ts';

let store: Awaited<ReturnType<typeof createStore>>;
beforeAll(async () => {
  store = await createStore();
});
beforeEach(() =>
  store.query('TRUNCATE error_cluster, error_member, error_day, error_place, error_report, error_vector, known_dag'),
);
afterAll(() => store[Symbol.asyncDispose]());

const airflow = 'production';
const config = () => ({ airflow: { name: airflow }, redact: { personal_data: [], patterns: [] } });

/** An embedder of vectors that we make: by the words of a text. */
function embedderOf(vectorFor: (text: string) => number[], over: Partial<Embedder> = {}) {
  const sent: string[] = [];
  const embed = async (texts: readonly string[]): Promise<Embedding> => {
    sent.push(...texts);
    return { kind: 'vectors', vectors: texts.map((text) => vectorFor(text)), tokens: 10 * texts.length };
  };
  const embedder: Embedder = { space: 'ollama a', local: true, embed, breaker: () => 'closed', ...over };
  return { embedder, sent };
}
/** What is about disks is near to each other, and so is what is about networks. */
const byTopic = (text: string): number[] =>
  /disk|space|room/.test(text) ? [1, 0.05 * (text.length % 3), 0] : /network|route|reach/.test(text) ? [0, 1, 0.1] : [0, 0, 1];

const meaningOf = (embedder: Embedder, over: Partial<Meaning> = {}): Meaning => ({
  embedder,
  similarity: 0.9,
  localOnlyTags: [],
  ...over,
});
const clock = { now: () => new Date(), monotonicMs: () => performance.now() };
const joiningOf = (meaning: Meaning | undefined, leads = true) =>
  createJoining({ store, airflow, meaning: () => meaning, leads: () => leads, clock, logger: keptLog().logger });

const ask = (path: string, body?: unknown, meaning?: Meaning) =>
  askApp({ sources: sourcesWith({ patterns: patternSources(store, config, () => meaning) }) }).ask(
    `/api/v1/${path}`,
    body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  );
const beacon = async (type: string, message: string, more: object = {}): Promise<string> =>
  ((await (await ask('beacon', { type, message, ...more })).json()) as { cluster: string }).cluster;
const clusters = async (): Promise<{ id: string; count: number; members: number }[]> =>
  ((await (await ask('clusters')).json()) as { items: { id: string; count: number; members: number }[] }).items;
const vectors = () => store.query<{ space: string }>('SELECT space FROM error_vector ORDER BY fingerprint');

type Said = readonly [type: string, message: string];
const full: Said = ['OSError', 'the disk of this worker is completely full'];
const noRoom: Said = ['OSError', 'could not write because no room was left over'];
const unreachable: Said = ['OSError', 'that other network can never be reached from here'];

describe('joining clusters by meaning', () => {
  test('makes what means the same one, under the older id, which the other id still finds; what does not stays apart', async () => {
    const [first, second, third] = [await beacon(...full), await beacon(...noRoom), await beacon(...unreachable)];
    expect(new Set([first, second, third]).size).toBe(3);
    const { embedder, sent } = embedderOf(byTopic);
    expect(await joiningOf(meaningOf(embedder)).round()).toBe(3);
    const found = await clusters();
    expect(Object.fromEntries(found.map(({ id, count, members }) => [id, [count, members]]))).toEqual({
      [first]: [2, 2],
      [third]: [1, 1],
    });
    expect(await (await ask(`clusters/${second}`)).json()).toMatchObject({ id: first, count: 2 });
    expect(sent.toSorted()).toEqual([full, noRoom, unreachable].map(([type, message]) => `${type}: ${message}`).toSorted());
    expect(await joiningOf(meaningOf(embedder)).round()).toBe(0);
    expect(sent).toHaveLength(3);
  });

  test('does so with what comes later, and through a third, in whatever order errors come', async () => {
    // A and C are near to B, and not to each other.
    const vectorFor = (text: string): number[] => (/full/.test(text) ? [1, 0] : /room/.test(text) ? [1, 0.4] : [1, 0.9]);
    const all = [full, noRoom, unreachable];
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      await store.query('TRUNCATE error_cluster, error_member, error_day, error_place, error_report, error_vector');
      const { embedder } = embedderOf(vectorFor);
      for (const index of order) {
        const error = all[index];
        if (error !== undefined) await beacon(...error);
        await joiningOf(meaningOf(embedder)).round();
      }
      expect((await clusters()).map(({ count, members }) => [count, members])).toEqual([[3, 3]]);
    }
  });

  test('leaves other classes apart, and slips in code out of functions that are not known to be one', async () => {
    await beacon(...full);
    await beacon('DiskError', noRoom[1]);
    for (const name of ['f', 'g'])
      await beacon('KeyError', 'disk', { trace: [{ file: '/opt/dags/a.py', function: name, line: 3 }] });
    const before = (await clusters()).length;
    await joiningOf(meaningOf(embedderOf(byTopic).embedder)).round();
    expect([before, (await clusters()).length]).toEqual([4, 4]);
  });

  test('asks nobody without a provider, nor when another leads, and keeps nothing of a call that failed', async () => {
    await beacon(...full);
    const { embedder, sent } = embedderOf(byTopic);
    await joiningOf(undefined).round();
    await joiningOf(meaningOf(embedder), false).round();
    expect(sent).toEqual([]);
    const fails: Embedder = { ...embedder, embed: async () => ({ kind: 'none', why: 'failed', detail: 'x' }) };
    expect(await joiningOf(meaningOf(fails)).round()).toBe(0);
    expect([await vectors(), (await clusters()).length]).toEqual([[], 1]);
  });

  test('goes on with the others when one error is refused', async () => {
    for (const error of [full, noRoom, unreachable]) await beacon(...error);
    const { embedder } = embedderOf(byTopic);
    const picky: Embedder = {
      ...embedder,
      embed: async (texts) =>
        texts.some((text) => text.includes('room')) ? { kind: 'none', why: 'failed', detail: 'x' } : embedder.embed(texts),
    };
    const joining = joiningOf(meaningOf(picky));
    for (let count = 0; count < 6; count += 1) await joining.round();
    expect(await vectors()).toHaveLength(2);
  });

  test('makes all vectors anew with another model, or when the same name gives others, and splits nothing', async () => {
    for (const error of [full, noRoom, unreachable]) await beacon(...error);
    await joiningOf(meaningOf(embedderOf(byTopic).embedder)).round();
    const other = embedderOf(() => [1, 2, 3, 4], { space: 'ollama b' });
    await joiningOf(meaningOf(other.embedder, { similarity: 1 })).round();
    // One of each cluster that there is: the two of disks stay one.
    expect(new Set((await vectors()).map(({ space }) => space))).toEqual(new Set(['ollama b']));
    expect(other.sent).toHaveLength(2);
    await store.query(`DELETE FROM error_vector`);
    await joiningOf(meaningOf(other.embedder)).round();
    await beacon('ValueError', 'nothing like all of the others here');
    const longer = embedderOf(() => [1, 0, 0, 0, 0], { space: 'ollama b' });
    await joiningOf(meaningOf(longer.embedder)).round();
    expect(await store.query('SELECT DISTINCT octet_length(vector) AS bytes FROM error_vector')).toEqual([{ bytes: 20 }]);
  });

  test('sends others than local models nothing of DAGs whose logs stay at home, of unknown ones, or of none', async () => {
    await store.query(
      `INSERT INTO known_dag (airflow, dag_id, file, seen_at, tags) VALUES ($1, 'open', 'f', now(), '{daily}'), ($1, 'closed', 'f', now(), '{pii}')`,
      [airflow],
    );
    await beacon(...full, { dag_id: 'closed' });
    await beacon(...noRoom, { dag_id: 'unknown' });
    await beacon('ValueError', 'this one came out of no DAG at all');
    await beacon(...unreachable, { dag_id: 'open' });
    const mixed: Said = ['TimeoutError', 'was met in an open and in a closed one'];
    for (const dag of ['open', 'closed']) await beacon(...mixed, { dag_id: dag });
    const hosted = embedderOf(byTopic, { local: false });
    await joiningOf(meaningOf(hosted.embedder, { localOnlyTags: ['pii'] })).round();
    expect(hosted.sent).toEqual([`OSError: ${unreachable[1]}`]);
    const suggested = await ask(
      'suggest',
      { type: 'OSError', message: 'some disk' },
      meaningOf(hosted.embedder, { localOnlyTags: ['pii'] }),
    );
    expect([suggested.status, hosted.sent.length]).toEqual([200, 1]);
    const local = embedderOf(byTopic);
    await joiningOf(meaningOf(local.embedder, { localOnlyTags: ['pii'] })).round();
    expect(local.sent).toHaveLength(4);
  });

  test('counts in the budget of who comes next, and is forgotten with its errors', async () => {
    await beacon(...full);
    await beacon(...unreachable);
    await joiningOf(meaningOf(embedderOf(byTopic).embedder)).round();
    expect(await loadPastEmbeddings(store, airflow, new Date())).toEqual([{ ageMs: expect.any(Number), tokens: 20 }]);
    await trimPatterns(store, airflow, new Date(Date.now() + 91 * 86_400_000));
    expect(await vectors()).toEqual([]);
  });
});

describe('a suggestion', () => {
  interface Advice {
    match: string | null;
    confidence: number;
  }
  const suggest = async (meaning: Meaning | undefined, [type, message]: Said): Promise<Advice> =>
    (await (await ask('suggest', { type, message }, meaning)).json()) as Advice;

  test('finds the cluster that means the same where words find none, less sure than by words; nothing is kept', async () => {
    const cluster = await beacon(...full);
    const { embedder, sent } = embedderOf(byTopic);
    const meaning = meaningOf(embedder);
    await joiningOf(meaning).round();
    expect(await suggest(undefined, noRoom)).toMatchObject({ match: null, confidence: 0 });
    const found = await suggest(meaning, noRoom);
    expect(found.match).toBe(cluster);
    expect(found.confidence).toBeGreaterThanOrEqual(0.5);
    expect(found.confidence).toBeLessThanOrEqual(0.7);
    expect(await suggest(meaning, unreachable)).toMatchObject({ match: null });
    expect(await suggest(meaning, ['DiskError', noRoom[1]])).toMatchObject({ match: null });
    expect([sent.length, (await vectors()).length, (await clusters()).length]).toEqual([4, 1, 1]);
  });

  test('asks nobody where words tell, and takes those where nobody answers', async () => {
    const cluster = await beacon(...full);
    const { embedder, sent } = embedderOf(byTopic);
    const meaning = meaningOf(embedder);
    expect(await suggest(meaning, full)).toMatchObject({ match: cluster, confidence: 1 });
    expect(await suggest(meaning, [full[0], `${full[1]} now`])).toMatchObject({ match: cluster });
    expect(sent).toEqual([]);
    const silent: Embedder = { ...embedder, embed: async () => ({ kind: 'none', why: 'breaker', detail: '' }) };
    expect(await suggest(meaningOf(silent), [full[0], 'the disk of this computer is half full'])).toMatchObject({
      match: cluster,
      confidence: 0.64,
    });
  });
});

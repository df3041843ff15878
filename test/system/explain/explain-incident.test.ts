import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failureCost } from '../../../src/explain/failure-cost.ts';
import { loadBaseline } from '../../../src/explain/log/log-baselines.ts';
import { createExplainedAirflow } from '../../kit/explained-airflow.ts';
import { eventually } from '../../kit/eventually.ts';

const subject = 'task:micro/fetch';
const task = { dagId: 'micro', taskId: 'fetch' };
const fail = { kind: 'fail', dagId: 'micro', taskId: 'fetch', forSeconds: 3000 } as const;

test.each(['3', '2.11'] as const)(
  'a failure of Airflow %s is explained by its log, and then by what its successes say; the next one knows that at once',
  async (airflow) => {
    await using made = await createExplainedAirflow({ airflow });
    await made.pass(6);
    made.simulation.inject(fail);
    await made.pass(12);
    await made.restart({ asksModels: true });
    await made.worker.round();
    const [first] = await made.explanations(subject);
    expect(first?.log).toMatchObject({ found: true, failure: { line: expect.any(Number) } });
    const cited = first?.resultA.evidence.find(({ ref }) => ref.startsWith('L'));
    const lines = first?.log?.found === true ? first.log.lines : [];
    expect(lines.some(({ line, text }) => `L${line}` === cited?.ref && text.includes(cited.quote))).toBe(true);
    expect(first?.evidence.map(({ id }) => id)).toEqual(expect.arrayContaining(['E1', 'E3', 'E5', 'E9']));

    const refined = await eventually('it is held against successes', async () => {
      const [kept] = await made.explanations(subject);
      if (kept?.log?.found !== true || kept.log.baselineRuns === 0) throw new Error('not yet');
      return kept;
    });
    expect(refined).toMatchObject({ madeAt: first?.madeAt, log: { baselineRuns: 5 } });
    expect(refined.evidence).toContainEqual({ id: 'E4', text: expect.stringMatching(/as in the last 5 successful runs/) });
    expect(refined.evidence.find(({ id }) => id === 'E3')?.text).toContain('same error');
    const kept = await loadBaseline(made.store, 'test', task);
    expect(kept).toMatchObject({ ...task, code: expect.stringMatching(/./), baseline: { runs: 5 } });

    // The run after it: another occurrence, and the baseline stands.
    await made.pass(10);
    expect(await made.worker.round()).toBeGreaterThan(0);
    const [second, ...older] = await made.explanations(subject);
    expect(second?.event).not.toBe(first?.event);
    expect(older).toHaveLength(1);
    expect(second?.log).toMatchObject({ baselineRuns: 5 });
    expect((await loadBaseline(made.store, 'test', task))?.madeAt).toEqual(kept?.madeAt);
    const events = await made.store.query<{ text: string }>(
      `SELECT e.text FROM incident_event e JOIN incident i ON i.id = e.incident_id WHERE e.kind = 'explained' AND i.subject_key = '${subject}'`,
    );
    expect(events, 'the same cause is told once').toHaveLength(1);
    expect(made.reports.filter(({ what }) => what === 'failed')).toEqual([]);
  },
);

test('a worker that comes after a restart explains nothing twice, and what was not explained yet; a failure costs what is said', async () => {
  await using made = await createExplainedAirflow();
  await made.pass(6);
  made.simulation.inject(fail);
  await made.pass(12);
  const count = await made.worker.round();
  expect(count).toBeGreaterThan(0);
  await made.restart();
  expect(await made.worker.round()).toBe(0);
  await made.store.query('DELETE FROM explanation WHERE incident_id = (SELECT id FROM incident WHERE subject_key = $1)', [
    subject,
  ]);
  await made.store.query('DELETE FROM log_baseline');
  await made.restart();
  const before = made.reads();
  expect(await made.worker.round()).toBe(1);
  expect(await made.explanations(subject)).toHaveLength(1);
  await eventually('it is refined', () => made.reports.at(-1)?.what === 'refined');
  const reads = made.reads() - before;
  expect([reads > 5, reads <= failureCost.reads], `${reads} reads`).toEqual([true, true]);
});

test('a log that is not there is evidence, and no reason to merge; it is no failure of the worker', async () => {
  await using made = await createExplainedAirflow();
  await made.pass(6);
  made.simulation.inject(fail);
  await made.pass(12);
  await rm(join(made.logs, 'dag_id=micro'), { recursive: true });
  await made.restart();
  await made.worker.round();
  const [kept] = await made.explanations(subject);
  expect(kept?.log).toMatchObject({ found: false, why: 'not_there' });
  expect(kept?.evidence.find(({ id }) => id === 'E2')?.text).toMatch(/^there is no log: there is no dag_id=micro/);
  expect(kept?.signature).toMatch(/^[0-9a-f]{40}$/);
  expect(await made.store.query('SELECT 1 FROM incident WHERE signature IS NOT NULL')).toEqual([]);
  expect(made.reports.every(({ what }) => what === 'explained')).toBe(true);
});

test('who leads no longer keeps nothing, says nothing, and counts no failure', async () => {
  await using made = await createExplainedAirflow();
  await made.pass(6);
  made.simulation.inject(fail);
  await made.pass(12);
  await made.depose();
  expect(await made.worker.round()).toBe(0);
  expect(await made.store.query('SELECT 1 FROM explanation')).toEqual([]);
  expect(made.lines).toEqual([]);
  expect(made.reports).toEqual([]);
});

test('two tasks that fail of one error become one incident in the next cycle', async () => {
  await using made = await createExplainedAirflow();
  await made.pass(6);
  for (const dagId of ['micro', 'macro']) made.simulation.inject({ kind: 'fail', dagId, taskId: 'fetch', forSeconds: 3000 });
  await made.pass(12);
  await made.worker.round();
  await made.worker.stop();
  // The simulated errors may differ; what matters is what follows from signatures that do not.
  await made.store.query(`UPDATE incident SET signature = 's' WHERE kind = 'task_failed'`);
  await made.pass(1);
  const roots = await made.store.query<{ subject: string; reason: string | null }>(
    `SELECT subject_key AS subject, member_reason AS reason FROM incident WHERE kind = 'task_failed' ORDER BY root_id IS NOT NULL`,
  );
  expect(roots.filter(({ reason }) => reason === null)).toHaveLength(1);
  expect(roots[1]?.reason).toMatch(/^(the same error as|part of a surge)/);
});

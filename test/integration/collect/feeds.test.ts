import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  emptyAirflow,
  endedTask,
  fillRows,
  insertDag,
  insertRows,
  observe,
  runRow,
  taskRow,
  told,
  type Observer,
  type Row,
} from '../../kit/simulated-airflow.ts';
import { createAirflowDatabase, type TestDatabase } from '../../kit/database.ts';

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
const finished = (id: number, state: string, over: Row = {}): Row => runRow(id, { state, end_date: ago(0), ...over });
const look = async (observer: Observer): Promise<string[]> => told((await observer.look()).transitions).toSorted();

/** Finished runs without tasks: those before them leave the id overlap. */
const addFillers = (database: TestDatabase, from: number): Promise<void> =>
  insertRows(
    database,
    'dag_run',
    Array.from({ length: 1001 }, (_, index) => finished(from + index, 'success', { dag_id: 'filler', end_date: ago(60) })),
  );

describe.each(['2.7.3', '2.11.2', '3.3.2'])('on Airflow %s', (version) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createAirflowDatabase(version);
  });
  beforeEach(() => emptyAirflow(database));
  afterAll(() => database[Symbol.asyncDispose]());

  test('a run that commits after one with a higher id was seen is counted, once', async () => {
    await insertRows(database, 'dag_run', [finished(1, 'success')]);
    await using observer = await observe(database.url);
    expect(await look(observer)).toEqual([]);
    const late = new pg.Client(database.url);
    await late.connect();
    try {
      const inTransaction = {
        query: async <R extends object>(text: string, values: unknown[] = []) => (await late.query<R>(text, values)).rows,
      };
      await late.query('BEGIN');
      await insertRows(inTransaction, 'dag_run', [finished(2, 'failed')]);
      await insertRows(inTransaction, 'task_instance', [endedTask(2, 'failed')]);
      await insertRows(database, 'dag_run', [finished(3, 'success')]);
      expect(await look(observer)).toEqual(['run started', 'run success']);
      await late.query('COMMIT');
      expect(await look(observer)).toEqual(['failure load#1', 'run failed', 'run started']);
      expect(await look(observer)).toEqual([]);
    } finally {
      await late.end();
    }
  });

  test('a run forgotten long ago that is cleared counts what it does again, and nothing of before', async () => {
    await insertRows(database, 'dag_run', [finished(1, 'failed', { end_date: ago(300) })]);
    await insertRows(database, 'task_instance', [
      endedTask(1, 'failed', { end_date: ago(300), updated_at: ago(300) }),
      endedTask(1, 'success', { task_id: 'extract', end_date: ago(310), updated_at: ago(310) }),
    ]);
    await addFillers(database, 2);
    await using observer = await observe(database.url);
    await observer.look();
    await observer.look();
    expect(observer.known.runs.has(1)).toBe(false);
    const cleared = "clear_number = clear_number + 1, state = 'queued', start_date = NULL, end_date = NULL, updated_at = now()";
    await database.query(
      `UPDATE dag_run SET ${version === '2.7.3' ? cleared.replace('clear_number = clear_number + 1, ', '') : cleared} WHERE id = 1`,
    );
    await database.query(`UPDATE task_instance SET state = NULL, max_tries = 1, updated_at = now() WHERE task_id = 'load'`);
    expect(await look(observer)).toEqual([]);
    await database.query(`UPDATE dag_run SET state = 'success', start_date = now(), end_date = now() WHERE id = 1`);
    await database.query(
      `UPDATE task_instance SET state = 'success', try_number = 2, start_date = now(), end_date = now(), updated_at = now() WHERE task_id = 'load'`,
    );
    expect(await look(observer)).toEqual(['run success', 'success load#2']);
    expect(await look(observer)).toEqual([]);
    expect(await look(observer)).toEqual([]);
    expect(observer.known.runs.has(1)).toBe(false);
  });

  test('rows that `airflow db clean` deletes are no events, and what comes after is counted', async () => {
    await insertRows(database, 'dag_run', [finished(1, 'failed'), runRow(2), finished(3, 'success')]);
    await insertRows(database, 'task_instance', [endedTask(1, 'failed'), taskRow(2), endedTask(3, 'success')]);
    await using observer = await observe(database.url);
    await observer.look();
    await database.query('DELETE FROM dag_run');
    expect(await look(observer)).toEqual([]);
    expect([...observer.known.runs.values()].filter(({ row }) => row.state === 'running')).toEqual([]);
    await insertRows(database, 'dag_run', [finished(4, 'success')]);
    await insertRows(database, 'task_instance', [endedTask(4, 'success')]);
    expect(await look(observer)).toEqual(['run started', 'run success', 'success load#1']);
  });

  test('a database made anew, whose ids begin again, is counted from its first run on', async () => {
    await insertRows(database, 'dag_run', [runRow(7), finished(5000, 'success')]);
    await insertRows(database, 'task_instance', [taskRow(7)]);
    await using observer = await observe(database.url);
    await observer.look();
    await database.query('DELETE FROM dag_run');
    expect(await look(observer)).toEqual([]);
    await insertRows(database, 'dag_run', [finished(7, 'failed', { run_id: 'other' })]);
    await insertRows(database, 'task_instance', [endedTask(7, 'failed', { run_id: 'other' })]);
    expect(await look(observer)).toEqual(['failure load#1', 'run failed', 'run started']);
    expect(await look(observer)).toEqual([]);
  });

  test("a person's action is followed into the next cycle, however long that takes to come, and no longer", async () => {
    await using observer = await observe(database.url);
    await observer.look();
    await insertRows(database, 'dag_run', [finished(1, 'success')]);
    await insertRows(database, 'task_instance', [endedTask(1, 'success')]);
    await observer.look();
    const [run] = await database.query<{ date: Date }>(
      `SELECT ${version === '3.3.2' ? 'logical_date' : 'execution_date'} AS date FROM dag_run`,
    );
    const action = { event: 'action_set_failed', dag_id: 'etl', task_id: 'load', execution_date: run?.date };
    await insertRows(database, 'log', [{ id: 1, dttm: ago(0), run_id: 'run_1', ...action }]);
    const mark = async (state: string): Promise<string[]> => {
      for (const heard of observer.memory.actions.values()) heard.firstSeenMs -= 60_000;
      await database.query(`UPDATE task_instance SET state = '${state}', updated_at = now()`);
      return look(observer);
    };
    expect(await look(observer)).toEqual([]);
    expect(await mark('failed')).toEqual(['marked failed load']);
    expect(await mark('success')).toEqual([]);
  });

  test('a mark made while we were away is known, however much was logged since', async () => {
    await insertRows(database, 'dag_run', [runRow(1)]);
    await insertRows(database, 'task_instance', [taskRow(1)]);
    await using observer = await observe(database.url);
    await observer.look();
    await database.query(`UPDATE dag_run SET state = 'failed', end_date = now()`);
    await database.query(`UPDATE task_instance SET state = 'failed', end_date = now(), updated_at = now()`);
    const [run] = await database.query<{ date: Date }>(
      `SELECT ${version === '3.3.2' ? 'logical_date' : 'execution_date'} AS date FROM dag_run`,
    );
    const named = { dag_id: 'etl', task_id: 'load', run_id: 'run_1', execution_date: run?.date };
    await insertRows(database, 'log', [{ id: 1, dttm: ago(1), event: 'action_set_failed', ...named }]);
    await fillRows(database, 'log', 3000, { id: '1 + i', event: `'running'`, dttm: 'now()', dag_id: `'etl'` });
    expect(await look(observer)).toEqual(['marked failed load', 'run failed']);
    expect(await look(observer)).toEqual([]);
  });

  test('the sweep finds edits by plain SQL: of a forgotten run, and of a task of a finished one', async () => {
    await insertDag(database, 'etl');
    await insertRows(database, 'dag_run', [finished(1, 'failed', { end_date: ago(300) })]);
    await addFillers(database, 2);
    await using observer = await observe(database.url);
    const sweepNow = async (): Promise<string[]> => {
      observer.memory.sweep.sweptAtMs = 0;
      return look(observer);
    };
    await observer.look();
    await insertRows(database, 'dag_run', [finished(1100, 'success')]);
    await insertRows(database, 'task_instance', [endedTask(1100, 'success')]);
    expect(await sweepNow()).toEqual(['run started', 'run success', 'success load#1']);
    expect(await sweepNow()).toEqual([]);
    await database.query(`UPDATE dag_run SET state = 'success' WHERE id = 1`);
    await database.query(`UPDATE task_instance SET state = 'failed', updated_at = now() WHERE run_id = 'run_1100'`);
    expect(await look(observer)).toEqual([]);
    expect(await sweepNow()).toEqual(['marked failed load', 'run success by a person']);
    expect(await sweepNow()).toEqual([]);
    expect([...observer.memory.sweep.lastRuns.keys()]).toEqual(['etl']);
    await database.query(`UPDATE dag SET ${version === '3.3.2' ? 'is_stale = true' : 'is_active = false'}`);
    for (let rounds = 0; rounds < 2; rounds += 1) await sweepNow();
    expect(observer.memory.sweep.lastRuns.size).toBe(0);
  });
});

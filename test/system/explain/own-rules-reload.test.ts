import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { insertRows, runRow, taskRow } from '../../kit/airflow-rows.ts';
import { createAirflowDatabase, createDatabase } from '../../kit/database.ts';
import { eventually } from '../../kit/eventually.ts';
import { valueOf } from '../../kit/parse-exposition.ts';
import { startWindsock } from '../../kit/windsock.ts';

const rule = (name: string, pattern: string, cause: string) =>
  JSON.stringify({
    name,
    when: { text: [pattern] },
    category: 'dependency_failure',
    subcategory: name,
    cause,
    next_steps: ['Resume it.'],
  });
const suspended = 'warehouse (?P<warehouse>[A-Z_]+) is suspended';

test('rules of the configuration that change count from the reload on, in the worker that runs; where one cannot be used all that were in force stay, which is said and shows as a metric', async () => {
  await using airflow = await createAirflowDatabase('3.3.2');
  await using store = await createDatabase('template_store');
  const folder = await mkdtemp(join(tmpdir(), 'windsock-own-rules-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const file = join(folder, 'windsock.yml');
  const put = (...rules: string[]) => writeFile(file, `explain:\n  rules: [${rules.join(', ')}]\n`);

  await put(rule('warehouse_off', suspended, 'The warehouse {warehouse} was switched off.'));
  const dags = ['first', 'second', 'third', 'fourth'];
  const begun = new Date(Date.now() - 60_000);
  await insertRows(
    airflow,
    'dag_run',
    dags.map((dagId, index) => runRow({ id: index + 1, dagId, state: 'running', startDate: begun })),
  );
  await airflow.query('UPDATE dag_run SET log_template_id = (SELECT max(id) FROM log_template)');
  await insertRows(
    airflow,
    'task_instance',
    dags.map((dagId, index) =>
      taskRow({ dagId, runId: `manual__${index + 1}`, taskId: 'load', state: 'running', startDate: begun }),
    ),
  );
  await using windsock = startWindsock(
    {
      WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
      WINDSOCK_STORE_DATABASE_URL: store.url,
      WINDSOCK_AIRFLOW_LOGS_FOLDER: join(folder, 'logs'),
      WINDSOCK_DETECT_FAILURE_RATE_MIN_FAILURES: '1000',
      WINDSOCK_INCIDENT_CORRELATION_WINDOW: '1s',
    },
    ['serve', '--port', '0', '--config', file],
  );
  await eventually('its history is read', async () => /\nwindsock_backfill_progress_ratio 1\n/.test(await windsock.body()));

  /** A task of this DAG fails of a warehouse that is suspended: the cause that is shown, and the rule that says so. */
  async function failure(dagId: string): Promise<[cause: string, rule: string | null]> {
    const number = dags.indexOf(dagId) + 1;
    const logs = join(folder, 'logs', `dag_id=${dagId}`, `run_id=manual__${number}`, 'task_id=load');
    await mkdir(logs, { recursive: true });
    // Each names another warehouse: the same error would make one incident of them.
    const error = {
      exc_type: 'ProgrammingError',
      exc_value: `warehouse W_${dagId.toUpperCase()} is suspended`,
      is_cause: false,
      frames: [],
    };
    const line = { timestamp: begun.toISOString(), level: 'error', event: 'Task failed with exception', error_detail: [error] };
    await writeFile(join(logs, 'attempt=1.log'), JSON.stringify(line));
    for (const table of ['task_instance', 'dag_run'])
      await airflow.query(`UPDATE ${table} SET state = 'failed', end_date = now(), updated_at = now() WHERE dag_id = $1`, [
        dagId,
      ]);
    return eventually(`the failure of ${dagId} is explained`, async () => {
      const url = await windsock.url();
      const list = (await (await fetch(`${url}/api/v1/incidents?members=true&kind=task_failed&dag_id=${dagId}`)).json()) as {
        items: { id: string }[];
      };
      const [found] = list.items;
      if (found === undefined) return undefined;
      const detail = (await (await fetch(`${url}/api/v1/incidents/${found.id}`)).json()) as {
        explanation: { root_cause: string; rule: string | null } | null;
      };
      return detail.explanation === null ? undefined : [detail.explanation.root_cause, detail.explanation.rule];
    });
  }
  const reload = async () => fetch(`${await windsock.url()}/-/reload`, { method: 'POST' });
  const successful = async () => valueOf(await windsock.metrics(), 'windsock_config_last_reload_successful');

  expect(await failure('first')).toEqual(['The warehouse W_FIRST was switched off.', 'warehouse_off']);
  expect(await successful()).toBe(1);

  // Another rule, and another cause for the same text.
  await put(rule('other', 'never said', 'Never.'), rule('warehouse_asleep', suspended, 'The warehouse {warehouse} sleeps.'));
  expect((await reload()).status).toBe(200);
  expect(await failure('second')).toEqual(['The warehouse W_SECOND sleeps.', 'warehouse_asleep']);

  // A good one and one whose pattern nobody can use: neither counts.
  await put(rule('warehouse_awake', suspended, 'Not that.'), rule('broken', 'warehouse (', 'Nothing.'));
  windsock.signal('SIGHUP');
  const refused = await windsock.says(/reload refused: the old configuration stays in force/);
  expect(refused.error).toMatch(/explain\.rules\[1\]\.when\.text\[0\] .*is no pattern that can be used: missing closing \)/);
  expect(await successful()).toBe(0);
  const answer = await reload();
  expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
    422,
    expect.stringMatching(/^the old configuration stays in force: .*explain\.rules\[1\]/),
  ]);
  expect(await failure('third')).toEqual(['The warehouse W_THIRD sleeps.', 'warehouse_asleep']);

  await put(rule('warehouse_awake', suspended, 'The warehouse {warehouse} is awake.'));
  expect((await reload()).status).toBe(200);
  expect(await successful()).toBe(1);
  expect(await failure('fourth')).toEqual(['The warehouse W_FOURTH is awake.', 'warehouse_awake']);
  expect(windsock.lines().filter(({ msg }) => msg.startsWith('reload refused'))).toHaveLength(2);
});

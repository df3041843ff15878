import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { slaLines } from '../../src/cli/sla.ts';
import { slaStatus } from '../detect/kit.ts';
import { objective } from '../sla/kit.ts';

const plain = (...given: Parameters<typeof slaLines>) => slaLines(...given).map((line) => stripVTControlCharacters(line));

test('each promise is told once, and below it how it stands on each of its targets', () => {
  const statuses = [
    slaStatus(),
    slaStatus({
      dagId: 'warehouse',
      taskId: 'load',
      state: 'breached',
      standing: '295 of 300 did; 2 more than allowed went bad',
    }),
    slaStatus({ sla: 'llm [big]', dagId: 'etl', standing: 'now 1s' }),
    slaStatus({ sla: 'llm [small]', dagId: '', standing: 'now 2s' }),
    slaStatus({ sla: 'lag', dagId: '', state: 'unknown', standing: 'nothing is known yet' }),
  ];
  const objectives = [
    objective({ match: { dags: ['etl', 'w*'] } }),
    objective({ name: 'lag', kind: 'custom', threshold: 5, metric: { name: 'lag' } }),
    objective({ name: 'llm', kind: 'custom', threshold: '5s', metric: { name: 'llm', per: ['model', 'dag_id'] } }),
    objective({ name: 'new', kind: 'freshness', threshold: '1h', match: { tags: ['gold'] } }),
  ];
  expect(plain(objectives, statuses)).toEqual([
    'orders: 99 % of runs of DAGs etl, w* succeed within 30 days',
    '  met      etl            298 of 300 did; 1 more may fail until 8 May',
    '  BREACHED warehouse.load 295 of 300 did; 2 more than allowed went bad',
    '',
    'lag: lag (mean over 5m) is at most 5 for 99 % of the time within 30 days',
    '  unknown  all together   nothing is known yet',
    '',
    'llm: llm of each model and dag_id (mean over 5m) is at most 5s for 99 % of the time within 30 days',
    '  met      etl [big]      now 1s',
    '  met      [small]        now 2s',
    '',
    'new: the last success of tags gold is at most 1h old for 99 % of the time within 30 days',
    '  nothing matches it, or no Windsock has judged it yet',
  ]);
});

test('on a narrow terminal lines are broken between words', () => {
  const status = slaStatus({ dagId: 'a_dag_with_quite_a_long_name' });
  expect(plain([objective({ match: { dags: ['etl', 'a_dag_*'] } })], [status], 60)).toEqual([
    'orders: 99 % of runs of DAGs etl, a_dag_* succeed within 30',
    'days',
    '  met      a_dag_with_quite_a_long_name 298 of 300 did; 1',
    '           more may fail until 8 May',
  ]);
});

test('without any SLA it says how to write one', () => {
  expect(plain([], [])).toEqual(['No SLA is configured; docs/SLAS.md shows how to write one.']);
});

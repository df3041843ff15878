import { expect, test } from 'vitest';
import type { Incident } from '../../src/incident/incident.ts';
import { matchersOf, planSilences, type OwnSilence } from '../../src/notify/plan-silences.ts';
import { at, incident } from '../kit/findings.ts';

const acknowledged: Partial<Incident> = { state: 'acknowledged', acknowledgedBy: 'ada' };
const silence = (until: string): OwnSilence => ({ incidentId: 'inc-1', silenceId: 's1', until: at(until) });
const plan = (partial: Partial<Incident>, own: OwnSilence[], told = ['inc-1']) =>
  planSilences([incident(partial)], new Set(told), own, at('10:00'));

test.each<[string, Partial<Incident>, string]>([
  ['acknowledged', acknowledged, 'acknowledged by ada'],
  [
    'a member of another',
    { rootId: 'inc-0', memberReason: 'same host worker-1' },
    'member of incident inc-0: same host worker-1',
  ],
  ['under maintenance', { suppression: { reason: 'maintenance', by: 'night', until: null } }, 'maintenance: night'],
  ['a known issue', { suppression: { reason: 'known_issue', by: 'OPS-1', until: null } }, 'known issue: OPS-1'],
])('what was told and is %s gets a silence of 15 minutes that says why', (_what, partial, comment) => {
  expect(plan(partial, [])).toMatchObject([{ kind: 'set', id: undefined, until: at('10:15'), comment }]);
});

test.each<[string, Partial<Incident>, string[]]>([
  ['what is open and plain', {}, ['inc-1']],
  ['what nobody was told', acknowledged, []],
  ['what is resolved', { state: 'resolved', rootId: 'inc-0' }, ['inc-1']],
  ['what only the rate limit held back', { suppression: { reason: 'rate_limit', by: '30', until: null } }, ['inc-1']],
])('%s gets no silence, and loses the one it has', (_what, partial, told) => {
  expect(plan(partial, [], told)).toEqual([]);
  expect(plan(partial, [silence('10:12')], told)).toEqual([{ kind: 'end', incidentId: 'inc-1', silenceId: 's1' }]);
  expect(plan(partial, [silence('10:00')], told), 'over by itself').toEqual([]);
});

test('a silence is prolonged when less than ten minutes are left', () => {
  expect(plan(acknowledged, [silence('10:10')])).toEqual([]);
  expect(plan(acknowledged, [silence('10:09:59')])).toMatchObject([{ kind: 'set', id: 's1', until: at('10:15') }]);
});

test('a silence that ended meanwhile is set anew', () => {
  expect(plan(acknowledged, [silence('09:59')])).toMatchObject([{ kind: 'set', id: undefined }]);
});

test('a silence is of its incident at any severity, and not of the tasks of its DAG or the DAGs of its Airflow', () => {
  const labels = { alertname: 'AirflowPatternBroken', severity: 'warning', airflow: 'a', source: 'windsock' };
  const any = { alertname: 'AirflowPatternBroken', airflow: 'a', source: 'windsock' };
  expect(matchersOf({ labels: { ...labels, dag_id: 'etl', task_id: 'load' } })).toEqual({
    ...any,
    dag_id: 'etl',
    task_id: 'load',
  });
  expect(matchersOf({ labels: { ...labels, dag_id: 'etl' } })).toEqual({ ...any, dag_id: 'etl', task_id: '' });
  expect(matchersOf({ labels })).toEqual({ ...any, dag_id: '', task_id: '' });
});

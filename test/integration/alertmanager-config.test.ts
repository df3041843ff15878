import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect } from 'vitest';
import { startAlertmanager } from '../kit/shipped-alertmanager.ts';
import { testWith } from '../kit/binaries.ts';
import { eventually } from '../kit/eventually.ts';

const config = resolve(import.meta.dirname, '../../alertmanager/alertmanager.yml');

testWith('amtool', 'the shipped configuration of Alertmanager is valid', (amtool) => {
  const { status, stdout, stderr } = spawnSync(amtool, ['check-config', config], { encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
});

const windsock = { source: 'windsock', airflow: 'prod' };
const self = { source: 'windsock-self', airflow: 'prod' };
const failed = { ...windsock, alertname: 'AirflowTaskFailed', dag_id: 'load', task_id: 'extract' };

const routes: [labels: Record<string, string>, receivers: string][] = [
  // Everything of Windsock's goes to its webhook; the severity decides what else.
  [{ ...failed, severity: 'info' }, 'windsock'],
  [{ ...failed, severity: 'warning' }, 'windsock,platform-email'],
  [{ ...failed, severity: 'error' }, 'windsock,platform-email'],
  [{ ...failed, severity: 'critical' }, 'windsock,platform-pagerduty'],
  // The team, if it has receivers of its own.
  [{ ...failed, severity: 'info', team: 'finance' }, 'windsock'],
  [{ ...failed, severity: 'warning', team: 'finance' }, 'windsock,finance-email'],
  [{ ...failed, severity: 'error', team: 'finance' }, 'windsock,finance-email'],
  [{ ...failed, severity: 'critical', team: 'finance' }, 'windsock,finance-pagerduty'],
  [{ ...failed, severity: 'critical', team: 'sales' }, 'windsock,platform-pagerduty'],
  // A text message only for what hits a whole Airflow, and only when it is critical.
  [
    { ...windsock, alertname: 'AirflowComponentDown', component: 'scheduler', severity: 'critical' },
    'windsock,on-call-sms,platform-pagerduty',
  ],
  [{ ...windsock, alertname: 'AirflowFailureRateHigh', severity: 'critical' }, 'windsock,on-call-sms,platform-pagerduty'],
  [{ ...windsock, alertname: 'AirflowComponentDown', component: 'triggerer', severity: 'error' }, 'windsock,platform-email'],
  // Windsock's own health never passes through Windsock.
  [{ ...self, alertname: 'WindsockDown', severity: 'critical' }, 'platform-pagerduty'],
  [{ ...self, alertname: 'WindsockReplicaDown', severity: 'warning' }, 'platform-email'],
  [{ ...self, alertname: 'WindsockWatchdog', severity: 'none' }, 'dead-mans-switch'],
  // Alerts from metrics alone have no incident for the webhook to find.
  [{ source: 'metrics', alertname: 'AirflowMetricsComponentDown', severity: 'critical' }, 'platform-pagerduty'],
  [{ source: 'metrics', alertname: 'AirflowMetricsTaskFailed', severity: 'warning' }, 'platform-email'],
  // Whatever comes from elsewhere is told to someone.
  [{ alertname: 'NodeDown', severity: 'critical' }, 'platform-email'],
];

testWith('amtool', 'each alert goes to its receivers and to no other', (amtool) => {
  for (const [labels, receivers] of routes) {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const args = ['config', 'routes', 'test', `--config.file=${config}`, `--verify.receivers=${receivers}`, ...pairs];
    const { status, stdout, stderr } = spawnSync(amtool, args, { encoding: 'utf8' });
    expect(status, `${pairs.join(' ')}: ${stdout}${stderr}`).toBe(0);
  }
});

type Labels = Record<string, string>;
const scheduler: Labels = { alertname: 'AirflowComponentDown', component: 'scheduler', severity: 'critical' };
const triggerer: Labels = { alertname: 'AirflowComponentDown', component: 'triggerer', severity: 'error' };
const surge: Labels = { alertname: 'AirflowFailureRateHigh', severity: 'error' };
const task: Labels = { alertname: 'AirflowTaskFailed', dag_id: 'load', task_id: 'extract', severity: 'warning' };
const late: Labels = { alertname: 'AirflowDagLate', dag_id: 'load', severity: 'critical' };
const queued: Labels = { alertname: 'AirflowTaskStuckQueued', dag_id: 'load', task_id: 'extract', severity: 'error' };
const pool: Labels = { alertname: 'AirflowPoolStarved', pool: 'small', severity: 'warning' };
const imports: Labels = { alertname: 'AirflowImportError', file: 'a.py', severity: 'error' };
const unreachable: Labels = { source: 'windsock-self', alertname: 'WindsockAirflowUnreachable', severity: 'critical' };

const inhibitions: [what: string, cause: Labels, other: Labels, inhibited: boolean][] = [
  ['a scheduler that is down hides failed tasks', scheduler, task, true],
  ['a scheduler that is down hides late DAGs, however grave', scheduler, late, true],
  ['a scheduler that is down hides no import error', scheduler, imports, false],
  ['a scheduler of another Airflow hides nothing', { ...scheduler, airflow: 'elsewhere' }, task, false],
  ['a scheduler that is down does not hide a triggerer that is down', scheduler, triggerer, false],
  ['a triggerer that is down hides what waits', triggerer, queued, true],
  ['a triggerer that is down hides no failed task', triggerer, task, false],
  ['a surge over the deployment hides failed tasks', surge, task, true],
  ['a surge over the deployment hides no late DAG', surge, late, false],
  ['a surge in one DAG hides no task', { ...surge, dag_id: 'load' }, task, false],
  ['critical hides warning of the same task', { ...task, severity: 'critical' }, task, true],
  ['error hides warning of the same task', { ...task, severity: 'error' }, task, true],
  ['warning hides info of the same pool', pool, { ...pool, severity: 'info' }, true],
  ['critical does not hide warning of another task', { ...task, severity: 'critical', task_id: 'other' }, task, false],
  ['critical does not hide warning of another pool', { ...pool, severity: 'critical', pool: 'big' }, pool, false],
  ['critical does not hide another kind of the same task', { ...task, severity: 'critical' }, queued, false],
  [
    'an unreachable database hides failing collectors',
    unreachable,
    { source: 'windsock-self', alertname: 'WindsockCollectorFailing', collector: 'pools', severity: 'warning' },
    true,
  ],
  [
    'an unreachable database does not hide undelivered alerts',
    unreachable,
    { source: 'windsock-self', alertname: 'WindsockAlertsUndelivered', severity: 'critical' },
    false,
  ],
  ["Windsock's own trouble hides nothing of Airflow's", unreachable, task, false],
];

testWith('prometheus-alertmanager', 'a cause hides what follows from it, and nothing else', async (binary) => {
  await using alertmanager = await startAlertmanager(binary, config);
  // A deployment for each row, so that rows do not see each other. What hides must itself be heard.
  const placed = inhibitions.map(([, cause, other], row) => ({
    cause: { source: 'windsock', airflow: `row-${row}`, ...cause },
    other: { source: 'windsock', airflow: `row-${row}`, ...other, row: String(row) },
  }));
  await alertmanager.fire(placed.flatMap(({ cause, other }) => [cause, other]));
  const expected = inhibitions.filter(([, , , inhibited]) => inhibited).map(([what]) => what);
  // It tells of an alert before it has taken in all that hides it.
  const hidden = await eventually('Alertmanager has every alert, and hides as many as it is to hide', async () => {
    const alerts = await alertmanager.alerts();
    const suppressed = alerts.filter(({ status }) => status.state === 'suppressed');
    const isWhole = alerts.length === 2 * placed.length && alerts.every(({ status }) => status.state !== 'unprocessed');
    return isWhole && suppressed.length >= expected.length && suppressed;
  });
  const rows = hidden.map(
    ({ labels }) => inhibitions[Number(labels['row'] ?? 'NaN')]?.[0] ?? `a cause: ${JSON.stringify(labels)}`,
  );
  expect(new Set(rows)).toEqual(new Set(expected));
});

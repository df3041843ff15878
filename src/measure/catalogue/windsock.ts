import { cycleBounds } from '../../telemetry/self.ts';
import { counter, gauge, histogram, info, own } from '../define.ts';

/** About the Airflow families themselves: computed with them, encoded with them, served by followers too. */
export const dataFamilies = {
  snapshotTimestamp: gauge(
    'windsock_snapshot_timestamp_seconds',
    [],
    'When Airflow was last read, in Unix time by its database: the age of every airflow_ series.',
    own,
  ),
  series: gauge(
    'windsock_series',
    ['family'],
    'Series in the exposition, by family; a histogram counts each bucket, its sum and its count.',
    own,
  ),
  seriesDropped: gauge('windsock_series_dropped', ['family'], 'Series left out because of the series budget, by family.', own),
  backfillProgress: gauge(
    'windsock_backfill_progress_ratio',
    [],
    'How much of the history has been read since the first start, 0 to 1.',
    own,
  ),
} as const;

/** About this process: OpenTelemetry instruments (`src/telemetry/self.ts`), encoded at scrape time. */
export const selfFamilies = {
  buildInfo: info('windsock_build_info', ['version', 'node'], 'Version of Windsock and of Node.js.', own),
  leader: gauge('windsock_leader', [], '1 when this replica runs the cycles, 0 when it follows.', own),
  configSuccessful: gauge(
    'windsock_config_last_reload_successful',
    [],
    '1 when the configuration that was read last is in force, 0 when it was refused and the one before stays.',
    own,
  ),
  configSuccessTimestamp: gauge(
    'windsock_config_last_reload_success_timestamp_seconds',
    [],
    'When the configuration that is in force was read, in Unix time.',
    own,
  ),
  collectDuration: gauge(
    'windsock_collect_duration_seconds',
    ['collector'],
    'How long each collector took in the last cycle.',
    own,
  ),
  collectSuccess: gauge(
    'windsock_collect_success',
    ['collector'],
    '1 when the collector succeeded in the last cycle, else 0; the families of a failed one are left out.',
    own,
  ),
  cycleDuration: histogram('windsock_cycle_duration_seconds', [], cycleBounds, 'How long cycles took.', own),
  cyclesSkipped: counter('windsock_cycles_skipped_total', [], 'Cycles skipped because the one before was still running.', own),
  alertsSent: counter(
    'windsock_alerts_sent_total',
    ['member'],
    'Alerts that a member of the Alertmanager cluster took, repeats included.',
    own,
  ),
  alertsRejected: counter(
    'windsock_alerts_rejected_total',
    ['member'],
    'Alerts that a member of the Alertmanager cluster refused.',
    own,
  ),
  webhookAlerts: counter(
    'windsock_webhook_alerts_total',
    ['origin'],
    "Alerts that Alertmanager's webhook told this Windsock: own, about its incidents, or foreign, which it ignores.",
    own,
  ),
  alertmanagerUp: gauge(
    'windsock_alertmanager_up',
    ['member'],
    '1 when the member of the Alertmanager cluster took the last alerts it was sent, else 0.',
    own,
  ),
  alertmanagerDelivery: gauge(
    'windsock_alertmanager_delivery_seconds',
    ['member'],
    'How long the last delivery to the member of the Alertmanager cluster took.',
    own,
  ),
  databaseSeconds: counter(
    'windsock_database_seconds_total',
    ['database'],
    "Time spent waiting for answers of a database: Airflow's, or Windsock's own store.",
    own,
  ),
} as const;

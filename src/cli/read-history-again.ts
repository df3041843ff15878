import { randomBytes } from 'node:crypto';
import { connectAirflow } from '../airflow/connect.ts';
import type { Config } from '../config.ts';
import { createLeader } from '../lead.ts';
import { systemClock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { resetBackfill } from '../measure/backfill.ts';
import { keepLease } from '../store/lease.ts';
import type { Store } from '../store/store.ts';
import { thresholdsOf } from '../thresholds.ts';
import { createProgress } from './progress.ts';

const sliceMs = 250;

/**
 * Reads history again from its newest run, as the leader does in its idle time, with progress on a terminal. False when another
 * Windsock leads, which must do it itself.
 */
export async function readHistoryAgain(config: Config, store: Store, historyMs: number): Promise<boolean> {
  await using closing = new AsyncDisposableStack();
  const deployment = config.airflow.name;
  const keeper = keepLease({
    store,
    airflow: deployment,
    holder: `backfill:${randomBytes(6).toString('hex')}`,
    clock: systemClock,
    onLost: () => undefined,
  });
  closing.defer(() => keeper.stop());
  await keeper.settled;
  const lease = keeper.current();
  if (lease === undefined) return false;
  const airflow = connectAirflow({
    url: config.airflow.database_url,
    schema: config.airflow.schema,
    connectTimeoutMs: config.airflow.connect_timeout,
    transactionTimeoutMs: config.airflow.transaction_timeout,
    clock: systemClock,
  });
  closing.defer(() => airflow.close());
  await resetBackfill(store, deployment);
  const leader = createLeader({
    airflow,
    store,
    clock: systemClock,
    deployment,
    thresholds: thresholdsOf(config.airflow),
    intervalMs: config.interval,
    historyMs,
    seriesBudget: config.measure.series_budget,
    taskExpiryMs: config.measure.task_expiry,
    detect: config.detect,
    incident: config.incident,
    sla: config.sla,
    timeZone: config.report.time_zone,
  });
  const first = await leader.turn(lease);
  if (first.error !== undefined) throw new AppError('UNAVAILABLE', first.error);
  const progress = createProgress('history', process.stderr);
  for (;;) {
    const began = systemClock.monotonicMs();
    const more = await leader.idle(lease, () => systemClock.monotonicMs() - began > sliceMs);
    progress.show(leader.progress());
    if (!more) break;
  }
  progress.end();
  return true;
}

import type { AirflowDatabase } from './airflow/connect.ts';
import { asLeader } from './cycle.ts';
import type { CycleSettings, FromCycle } from './cycle-messages.ts';
import { createExplaining } from './explaining.ts';
import type { Seen } from './lead.ts';
import { sleep, type Clock } from './lib/clock.ts';
import { AppError } from './lib/errors.ts';
import { connectMembers } from './notify/alertmanager.ts';
import { createDelivery } from './notify/deliver.ts';
import { scheduleAnalysis } from './patterns/schedule.ts';
import { sendReports } from './send-reports.ts';
import type { Lease } from './store/lease.ts';
import type { Store, Tx } from './store/store.ts';
import { createTelling } from './telling.ts';
import type { Logger } from './telemetry/logger.ts';

export interface BesideOptions {
  settings: CycleSettings;
  airflow: AirflowDatabase;
  store: Store;
  clock: Clock;
  logger: Logger;
  /** What was last seen of Airflow; null before the first look. */
  look: () => Seen | null;
  /** The lease, while it is held. */
  held: () => Lease | undefined;
  post: (message: FromCycle) => void;
}

/** Acts of people and what Alertmanager told come by other replicas, as rows: looked for this often. */
const tellEveryMs = 2000;
const tellFirstMs = 500;

/**
 * What goes on beside the cycles while this process leads: delivery to Alertmanager and Slack, explanations, the analysis of patterns,
 * reports. A slow Airflow delays no repeat of an alert, and a slow Alertmanager no cycle.
 */
export function createBeside({ settings, airflow, store, clock, logger, look, held, post }: BesideOptions) {
  const { airflow: slice, notify, patterns, report: reportConfig, publicUrl } = settings;
  const { alertmanager, slack } = notify;
  const leads = (): boolean => held() !== undefined;
  const fenced = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => {
    const lease = held();
    return lease === undefined
      ? Promise.reject(new AppError('CONFLICT', 'another Windsock leads'))
      : asLeader(store, lease, work);
  };
  const shared = { airflow: slice.name, store, clock, logger, leads, asLeader: fenced };
  const delivery = createDelivery({
    ...shared,
    members: connectMembers(alertmanager),
    config: alertmanager,
    publicUrl,
    report: (report) => post({ kind: 'delivery', report }),
  });
  const telling = createTelling({ ...shared, settings, look, report: (report) => post({ kind: 'slack', report }) });
  const analysis = scheduleAnalysis({ ...shared, config: patterns });
  const reports = sendReports({ ...shared, config: reportConfig, hasSlack: slack.bot_token !== undefined, publicUrl });
  const explaining = createExplaining({
    ...shared,
    settings,
    airflow,
    look,
    report: (report) => post({ kind: 'explained', report }),
  });
  const timers = [
    setInterval(() => void (leads() && delivery.round()), Math.min(alertmanager.resend / 4, 15_000)),
    ...(telling === undefined ? [] : [setInterval(() => void telling.round(), tellEveryMs)]),
  ];

  return {
    deliver: () => delivery.round(),
    /** People hear of it first, and of the cause as soon as that is known. However slow an Alertmanager is, it holds up no explanation for long. */
    async tellAndExplain(): Promise<void> {
      void telling?.round();
      await Promise.race([delivery.round(), sleep(tellFirstMs)]);
      if ((await explaining.round()) === 0) return;
      void telling?.round();
      await delivery.round();
    },
    /** Once history is read: the first analysis does not wait for its schedule. */
    analyse: () => analysis.first(),
    async stop(): Promise<void> {
      for (const timer of timers) clearInterval(timer);
      await Promise.all([explaining.stop(), delivery.stop(), telling?.stop(), analysis.stop(), reports.stop()]);
    },
  };
}

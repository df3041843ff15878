import type { Clock } from './lib/clock.ts';
import { errorText } from './lib/errors.ts';
import { queueMessage } from './notify/slack/queue-message.ts';
import { renderReport } from './notify/slack/render-report.ts';
import { redact } from './redact/redact.ts';
import type { ReportConfig } from './report/config.ts';
import { loadDue, nextDue, saveDue } from './report/due.ts';
import { lastPeriod, reportKinds, type ReportKind } from './report/period.ts';
import { readReport } from './report/read-report.ts';
import { tell } from './report/tell.ts';
import type { Store, Tx } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';

export interface SendReportsOptions {
  store: Store;
  airflow: string;
  clock: Clock;
  config: ReportConfig;
  publicUrl: string;
  /** Whether anything is posted to Slack at all. */
  hasSlack: boolean;
  logger: Logger;
  /** Whether this process leads. */
  leads: () => boolean;
  /** A transaction that only the leader may commit. */
  asLeader: (work: (tx: Tx) => Promise<void>) => Promise<void>;
}

const lookEveryMs = 20_000;

/**
 * Queues the report on the last day and week that are over for Slack when it is due, while this process leads. When it is due next is a row, so
 * that a time that was missed is made up for; row and message commit together, and a period has one message, whoever leads.
 */
export function sendReports(options: SendReportsOptions): { round(): Promise<void>; stop(): Promise<void> } {
  const { config, leads, logger, hasSlack } = options;
  let stopping = false;
  let running: Promise<void> | undefined;
  const failing = new Set<ReportKind>();

  async function all(): Promise<void> {
    for (const kind of reportKinds) {
      const { schedule, channel } = config[kind];
      if (schedule === undefined || !hasSlack || !leads() || stopping) continue;
      try {
        await send(options, kind, { schedule, channel: channel ?? null });
        failing.delete(kind);
      } catch (error) {
        if (leads() && !stopping && !failing.has(kind))
          logger.warn(`the ${kind} report could not be queued; it is tried again`, { reason: redact(errorText(error)) });
        failing.add(kind);
      }
    }
  }

  function round(): Promise<void> {
    running ??= all().finally(() => {
      running = undefined;
    });
    return running;
  }

  const isWanted = reportKinds.some((kind) => config[kind].schedule !== undefined);
  if (isWanted && !hasSlack)
    logger.warn('report.daily or report.weekly has a schedule, and nothing is sent: notify.slack.bot_token is not set');
  const timer = isWanted && hasSlack ? setInterval(() => void round(), lookEveryMs) : undefined;
  return {
    round,
    async stop() {
      stopping = true;
      clearInterval(timer);
      await running;
    },
  };
}

async function send(
  { store, airflow, clock, config, publicUrl, asLeader, logger }: SendReportsOptions,
  kind: ReportKind,
  { schedule, channel }: { schedule: string; channel: string | null },
): Promise<void> {
  const timeZone = config.time_zone;
  const due = await loadDue(store, airflow, kind);
  const now = clock.now();
  const isPlanned = due?.schedule === schedule && due.timeZone === timeZone;
  if (isPlanned && due.dueAt > now) return;
  const next = nextDue(schedule, timeZone);
  if (next === null) return;
  const planned = { schedule, timeZone, dueAt: next };
  if (!isPlanned) return asLeader((tx) => saveDue(tx, airflow, kind, planned));
  const period = lastPeriod(kind, timeZone, now);
  const document = tell(await readReport(store, airflow, period, now), publicUrl);
  const page = `${publicUrl.replace(/\/+$/, '')}/report?kind=${kind}&date=${period.first}`;
  const message = { key: `report:${kind}:${period.first}`, channel, message: renderReport(document, page), at: now };
  await asLeader(async (tx) => {
    const isNew = await queueMessage(tx, airflow, message);
    await saveDue(tx, airflow, kind, planned);
    if (isNew) logger.info(`the ${kind} report is queued for Slack`, { period: period.first });
  });
}

import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api';

/** Windsock's cycles are short: from 10 ms up to the longest interval that makes sense. */
export const cycleBounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** What a cycle tells of itself. */
export interface CycleReport {
  cycleDurationSeconds: number;
  /** Cycles skipped since the report before. */
  skipped: number;
  collectors: readonly { collector: string; seconds: number; ok: boolean }[];
  /** Seconds waited for each database since the process started. */
  databaseSeconds: Readonly<Record<string, number>>;
}

/** What became of alerts at one member of the Alertmanager cluster. */
export interface DeliveryTold {
  member: string;
  sent: number;
  rejected: number;
  failed: boolean;
  seconds: number;
}

export interface SelfMetrics {
  cycle(report: CycleReport): void;
  delivery(told: DeliveryTold): void;
  /** Alerts that Alertmanager's webhook told: about our incidents, and others. */
  webhook(alerts: Readonly<Record<'own' | 'foreign', number>>): void;
  /** The configuration was read, at the start or by a reload; a refused one leaves the old in force. */
  configured(read: { ok: boolean; at: Date }): void;
  /** A follower runs no cycle: what the last one was like is not shown any more. */
  role(leader: boolean): void;
}

/** Windsock's own instruments; their Prometheus names, kinds and texts stand in measure's catalogue, too, and a test compares them. */
export function selfMetrics(meter: Meter, { version }: { version: string }): SelfMetrics {
  let leader = false;
  let last: CycleReport | undefined;
  const databaseSeconds: Record<string, number> = {};

  const observe = (
    observer: { addCallback(callback: (result: ObservableResult) => void): void },
    values: () => [number, Attributes][],
  ): void =>
    observer.addCallback((result) => {
      for (const [value, attributes] of values()) result.observe(value, attributes);
    });

  const cycleDuration = meter.createHistogram('windsock.cycle.duration', {
    unit: 's',
    description: 'How long cycles took.',
    advice: { explicitBucketBoundaries: [...cycleBounds] },
  });
  const cyclesSkipped = meter.createCounter('windsock.cycles.skipped', {
    unit: '{cycle}',
    description: 'Cycles skipped because the one before was still running.',
  });
  cyclesSkipped.add(0);

  observe(meter.createObservableGauge('windsock.build.info', { description: 'Version of Windsock and of Node.js.' }), () => [
    [1, { version, node: process.versions.node }],
  ]);
  observe(
    meter.createObservableGauge('windsock.leader', { description: '1 when this replica runs the cycles, 0 when it follows.' }),
    () => [[leader ? 1 : 0, {}]],
  );
  observe(
    meter.createObservableGauge('windsock.collect.duration', {
      unit: 's',
      description: 'How long each collector took in the last cycle.',
    }),
    () => (last?.collectors ?? []).map(({ collector, seconds }) => [seconds, { collector }]),
  );
  observe(
    meter.createObservableGauge('windsock.collect.success', {
      description: '1 when the collector succeeded in the last cycle, else 0; the families of a failed one are left out.',
    }),
    () => (last?.collectors ?? []).map(({ collector, ok }) => [ok ? 1 : 0, { collector }]),
  );
  observe(
    meter.createObservableCounter('windsock.database', {
      unit: 's',
      description: "Time spent waiting for answers of a database: Airflow's, or Windsock's own store.",
    }),
    () => Object.entries(databaseSeconds).map(([database, seconds]) => [seconds, { database }]),
  );

  const configured = configurationInstruments(meter);
  const alerts = deliveryInstruments(meter);
  const webhookAlerts = meter.createCounter('windsock.webhook.alerts', {
    unit: '{alert}',
    description: "Alerts that Alertmanager's webhook told this Windsock: own, about its incidents, or foreign, which it ignores.",
  });
  const webhook: SelfMetrics['webhook'] = (counts) => {
    for (const origin of ['own', 'foreign'] as const) webhookAlerts.add(counts[origin], { origin });
  };
  webhook({ own: 0, foreign: 0 });
  return {
    webhook,
    configured,
    delivery: alerts.tell,
    cycle(report) {
      last = report;
      cycleDuration.record(report.cycleDurationSeconds);
      cyclesSkipped.add(report.skipped);
      // A counter must not go down, whatever order reports come in.
      for (const [database, seconds] of Object.entries(report.databaseSeconds)) {
        databaseSeconds[database] = Math.max(databaseSeconds[database] ?? 0, seconds);
      }
    },
    role(isLeader) {
      leader = isLeader;
      if (!isLeader) last = undefined;
      if (!isLeader) alerts.forget();
    },
  };
}

/** Whether what is in force is what was written last, as Prometheus tells it of itself. */
function configurationInstruments(meter: Meter): SelfMetrics['configured'] {
  let successful: boolean | undefined;
  let inForceSince: Date | undefined;
  meter
    .createObservableGauge('windsock.config.last.reload.successful', {
      description: '1 when the configuration that was read last is in force, 0 when it was refused and the one before stays.',
    })
    .addCallback((result) => {
      if (successful !== undefined) result.observe(successful ? 1 : 0);
    });
  meter
    .createObservableGauge('windsock.config.last.reload.success.timestamp', {
      unit: 's',
      description: 'When the configuration that is in force was read, in Unix time.',
    })
    .addCallback((result) => {
      if (inForceSince !== undefined) result.observe(inForceSince.getTime() / 1000);
    });
  return ({ ok, at }) => {
    successful = ok;
    if (ok) inForceSince = at;
  };
}

/** Delivery of alerts, by member: a dead one shows even while the others have told everybody. */
function deliveryInstruments(meter: Meter): { tell: (told: DeliveryTold) => void; forget: () => void } {
  const members = new Map<string, DeliveryTold>();
  const sent = meter.createCounter('windsock.alerts.sent', {
    unit: '{alert}',
    description: 'Alerts that a member of the Alertmanager cluster took, repeats included.',
  });
  const rejected = meter.createCounter('windsock.alerts.rejected', {
    unit: '{alert}',
    description: 'Alerts that a member of the Alertmanager cluster refused.',
  });
  const gauge = (name: string, options: { unit?: string; description: string }, value: (told: DeliveryTold) => number) =>
    meter.createObservableGauge(name, options).addCallback((result) => {
      for (const told of members.values()) result.observe(value(told), { member: told.member });
    });
  gauge(
    'windsock.alertmanager.up',
    { description: '1 when the member of the Alertmanager cluster took the last alerts it was sent, else 0.' },
    ({ failed }) => (failed ? 0 : 1),
  );
  gauge(
    'windsock.alertmanager.delivery',
    { unit: 's', description: 'How long the last delivery to the member of the Alertmanager cluster took.' },
    ({ seconds }) => seconds,
  );
  return {
    tell(told) {
      members.set(told.member, told);
      sent.add(told.sent, { member: told.member });
      rejected.add(told.rejected, { member: told.member });
    },
    forget: () => members.clear(),
  };
}

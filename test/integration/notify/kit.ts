import { nothingCarried, type Finding } from '../../../src/detect/finding.ts';
import { act, type Act } from '../../../src/incident/act.ts';
import { applyDecisions } from '../../../src/incident/apply.ts';
import type { Decision } from '../../../src/incident/decide.ts';
import { loadDesk } from '../../../src/incident/load.ts';
import { saveEvents, saveIncidents } from '../../../src/incident/save.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { connectMembers } from '../../../src/notify/alertmanager.ts';
import { notifyConfig } from '../../../src/notify/config.ts';
import { createDelivery, type DeliveryReport } from '../../../src/notify/deliver.ts';
import type { Store } from '../../../src/store/store.ts';
import type { LogFields, Logger } from '../../../src/telemetry/logger.ts';
import { finding } from '../../kit/findings.ts';

const context = { airflow: 'a', teams: {}, dagFacts: () => ({ owners: [], tags: [] }) };

/** Takes decisions into the store, as a cycle does. */
export async function decided(store: Store, decisions: readonly Decision[], now = new Date()): Promise<void> {
  await store.transaction(async (tx) => {
    const desk = await loadDesk(tx, 'a', now);
    const { incidents, changed, events } = applyDecisions(desk.open, decisions, context, now);
    const rows = incidents.filter(({ id }) => changed.has(id));
    await saveIncidents(tx, 'a', rows);
    await saveEvents(tx, 'a', events);
  });
}

/** Opens an incident of a task of its own that people may be told of. */
export async function openIncident(store: Store, id: string, partial: Partial<Finding> = {}, now = new Date()): Promise<void> {
  const found = finding({
    subject: { type: 'task', dagId: 'etl', taskId: id },
    carried: nothingCarried,
    since: new Date(),
    ...partial,
  });
  await decided(
    store,
    [
      { kind: 'open', id, finding: found, rootId: null, memberReason: null },
      { kind: 'tell', id },
    ],
    now,
  );
}

export const resolveIncident = (store: Store, id: string): Promise<void> =>
  decided(store, [{ kind: 'resolve', id, reason: 'cleared', at: new Date(), text: 'it succeeded' }]);

export const person = (store: Store, id: string, what: Act) => act(store, 'a', id, what, { who: 'ada', now: new Date() });

export interface Line {
  level: string;
  message: string;
  fields: LogFields;
}

/** A logger that keeps its lines. */
export function keepingLogger(lines: Line[]): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => keepingLogger(lines) };
}

/** Delivery as `serve` runs it, round after round until it is stopped. */
export function startDelivery(
  store: Store,
  alertmanager: Record<string, unknown>,
  { everyMs = 100, now = () => new Date() }: { everyMs?: number; now?: () => Date } = {},
) {
  const config = notifyConfig.parse({ alertmanager }).alertmanager;
  const lines: Line[] = [];
  const reports: DeliveryReport[] = [];
  const delivery = createDelivery({
    store,
    airflow: 'a',
    members: connectMembers(config),
    config,
    publicUrl: 'http://windsock.example.com',
    clock: { ...systemClock, now },
    logger: keepingLogger(lines),
    asLeader: (work) => store.transaction(work),
    report: (report) => void reports.push(report),
  });
  const timer = setInterval(() => void delivery.round(), everyMs);
  return {
    lines,
    reports,
    round: () => delivery.round(),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await delivery.stop();
    },
  };
}

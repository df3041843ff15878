import { loadCauses } from '../explain/causes.ts';
import { listAlertable } from '../incident/list.ts';
import type { Incident } from '../incident/incident.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError, errorText } from '../lib/errors.ts';
import type { Store, Tx } from '../store/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import { alertsOf } from './alert.ts';
import { postAll, type Member } from './alertmanager.ts';
import type { AlertmanagerConfig } from './config.ts';
import { matchersOf, planSilences, type SilencePlan } from './plan-silences.ts';
import { lifeMs, planPostings, type Delivered, type PlanSettings, type Posting } from './plan.ts';
import { dropSilence, loadDeliveries, saveBegun, saveDelivered, saveSilence, saveStates } from './rows.ts';

/** What happened at one member in one round: for metrics. */
export interface DeliveryReport {
  member: string;
  sent: number;
  rejected: number;
  failed: boolean;
  seconds: number;
}

export interface DeliverOptions {
  store: Store;
  airflow: string;
  members: readonly Member[];
  config: AlertmanagerConfig;
  publicUrl: string;
  clock: Clock;
  logger: Logger;
  /** A transaction that only the leader may commit; throws when somebody else leads by now. */
  asLeader: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>;
  report: (report: DeliveryReport) => void;
}

const statesEveryMs = 60_000;

/**
 * Delivery to Alertmanager, round by round. Every member has its own pace: one that is slow or dead holds up no other, and
 * what it missed it gets when it is back. `round` returns at once when a member's last round still runs.
 */
export function createDelivery(options: DeliverOptions) {
  const { members, config, publicUrl, store, airflow, clock, logger, asLeader, report } = options;
  const settings: PlanSettings = {
    publicUrl,
    resendMs: config.resend,
    endsAfterMs: config.ends_after,
    resolvedHoldMs: config.resolved_hold,
    tellLateMs: config.tell_late,
  };
  const busy = new Set<string>();
  /** Asked for again while it ran. */
  const again = new Set<string>();
  const failing = new Map<string, string>();
  const stopping = new AbortController();
  let statesAtMs = -Infinity;
  let lastToAnswer = members[0];

  const alertable = (now: Date): Promise<Incident[]> => {
    const since = new Date(now.getTime() - config.resolved_hold - config.resend);
    return listAlertable(store, airflow, since, new Date(since.getTime() - config.tell_late - lifeMs(settings)));
  };

  async function serve(member: Member): Promise<void> {
    const [began, now] = [clock.monotonicMs(), clock.now()];
    const incidents = await alertable(now);
    const ids = incidents.map(({ id }) => id);
    const { delivered, begun } = await loadDeliveries(store, airflow, ids);
    const causes = await loadCauses(store, airflow, ids);
    const postings = planPostings(incidents, delivered, begun, member.name, { ...settings, causes }, now);
    if (postings.length === 0) return;
    await asLeader((tx) => saveBegun(tx, airflow, postings));
    const done = await postAll(member, postings, config.batch, stopping.signal);
    await asLeader((tx) => saveDelivered(tx, airflow, member.name, done, now));
    tellRejected(member.name, done.rejected, delivered);
    tellFailure(member.name, done.failure);
    report({
      member: member.name,
      sent: done.accepted.length,
      rejected: done.rejected.length,
      failed: done.failure !== null,
      seconds: (clock.monotonicMs() - began) / 1000,
    });
  }

  /** Once for each reason, however often it is tried again. */
  function tellRejected(
    member: string,
    rejected: readonly { posting: Posting; reason: string }[],
    before: readonly Delivered[],
  ): void {
    for (const { posting, reason } of rejected) {
      const { incidentId, severity } = posting;
      const known = before.find((each) => each.member === member && each.incidentId === incidentId && each.severity === severity);
      if (known?.rejected !== reason)
        logger.error('Alertmanager refuses an alert; the others were sent', { member, incident: incidentId, severity, reason });
    }
  }

  /** Once when it begins, once when it ends. */
  function tellFailure(member: string, failure: string | null): void {
    const before = failing.get(member);
    if (failure === null) {
      if (before !== undefined) logger.info('Alertmanager answers again', { member });
      failing.delete(member);
      return;
    }
    if (before === undefined)
      logger.warn('Alertmanager does not take alerts; they are kept and sent when it does', { member, reason: failure });
    failing.set(member, failure);
  }

  /** Silences and states are the cluster's: the first member that answers does. */
  async function tendCluster(): Promise<void> {
    const now = clock.now();
    const incidents = await alertable(now);
    const { delivered, silences } = await loadDeliveries(
      store,
      airflow,
      incidents.map(({ id }) => id),
    );
    const told = new Set(delivered.flatMap(({ firingSentAt, incidentId }) => (firingSentAt === null ? [] : [incidentId])));
    const failed: unknown[] = [];
    if (config.silences)
      for (const plan of planSilences(incidents, told, silences, now))
        await carryOut(plan, now).catch((error: unknown) => failed.push(error));
    await seeStates(incidents, told);
    // One silence that cannot be set holds up no other.
    if (failed.length > 0) throw failed[0];
  }

  async function seeStates(incidents: readonly Incident[], told: ReadonlySet<string>): Promise<void> {
    if (clock.monotonicMs() - statesAtMs < Math.min(statesEveryMs, config.resend) || told.size === 0) return;
    statesAtMs = clock.monotonicMs();
    const states = await firstToAnswer((member) => member.readStates(airflow, stopping.signal));
    const alerts = incidents.flatMap((incident) => alertsOf(incident, settings));
    await asLeader((tx) => saveStates(tx, airflow, alerts, states));
  }

  async function carryOut(plan: SilencePlan, now: Date): Promise<void> {
    switch (plan.kind) {
      case 'set': {
        const silence = { matchers: matchersOf(plan.incident), startsAt: now, endsAt: plan.until, comment: plan.comment };
        const silenceId = await firstToAnswer((member) =>
          member
            .setSilence({ ...silence, ...(plan.id === undefined ? {} : { id: plan.id }) }, stopping.signal)
            // A silence that Alertmanager has forgotten cannot be prolonged: a new one.
            .catch((error: unknown) => {
              if (plan.id === undefined) throw error;
              return member.setSilence(silence, stopping.signal);
            }),
        );
        return asLeader((tx) => saveSilence(tx, airflow, { incidentId: plan.incident.id, silenceId, until: plan.until }));
      }
      case 'end':
        await firstToAnswer((member) => member.endSilence(plan.silenceId, stopping.signal));
        return asLeader((tx) => dropSilence(tx, airflow, plan.incidentId));
    }
  }

  async function firstToAnswer<Result>(ask: (member: Member) => Promise<Result>): Promise<Result> {
    let last: unknown = new AppError('UNAVAILABLE', 'no Alertmanager is configured');
    // Who answered last first: a member that hangs costs its time-out once, not at every question.
    for (const member of members.toSorted((a, b) => Number(b === lastToAnswer) - Number(a === lastToAnswer))) {
      try {
        const answer = await ask(member);
        lastToAnswer = member;
        return answer;
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  /**
   * Runs `work`, or has its last run followed by one more when that still goes on: what was committed meanwhile does not wait
   * for the next round. A failure is told once, and the next round tries again.
   */
  async function alone(name: string, work: () => Promise<void>): Promise<void> {
    if (stopping.signal.aborted) return;
    if (busy.has(name)) {
      again.add(name);
      return;
    }
    busy.add(name);
    try {
      do {
        again.delete(name);
        await work();
      } while (again.has(name) && !stopping.signal.aborted);
      if (failing.get(`round ${name}`) !== undefined) failing.delete(`round ${name}`);
    } catch (error) {
      const reason = errorText(error);
      if (failing.get(`round ${name}`) !== reason && !stopping.signal.aborted)
        logger.warn('a delivery round failed', { name, reason });
      failing.set(`round ${name}`, reason);
    } finally {
      busy.delete(name);
    }
  }

  return {
    async round(): Promise<void> {
      await Promise.all([
        ...members.map((member) => alone(member.name, () => serve(member))),
        ...(members.length === 0 ? [] : [alone('cluster', tendCluster)]),
      ]);
    },
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(members.map((member) => member.close()));
    },
  };
}

import type { Tx } from '../store/store.ts';
import { bucketsOf } from './buckets.ts';
import { eventsMax, keyOf, newTarget, type SlaMemory } from './memory.ts';
import type { SlaState } from './status.ts';

interface Ids {
  sla: string;
  dagId: string;
  taskId: string;
}

interface StateRow extends Ids {
  definition: string;
  seeded: boolean;
  firstSeenAt: Date;
  violations: number;
  state: SlaState;
  since: Date;
  lastSuccessAt: Date | null;
  judgedTo: Date;
  lastValue: number | null;
  lastValueAt: Date | null;
  recentValues: number[];
  event: string | null;
  eventAt: Date | null;
  text: string | null;
  shown: boolean;
}

const ids = 'sla, dag_id AS "dagId", task_id AS "taskId"';

/** What was counted for every SLA, as the last committed cycle left it. */
export async function loadSla(store: Tx, airflow: string): Promise<SlaMemory> {
  const memory: SlaMemory = new Map();
  const states = await store.query<StateRow>(
    `SELECT ${ids}, definition, seeded, first_seen_at AS "firstSeenAt", violations, state, since, last_success_at AS "lastSuccessAt",
       judged_to AS "judgedTo", last_value AS "lastValue", last_value_at AS "lastValueAt", violation_event AS event, violation_at AS "eventAt",
       violation_text AS text, recent_values AS "recentValues", status IS NOT NULL AS shown FROM sla_state WHERE airflow = $1`,
    [airflow],
  );
  for (const row of states) {
    memory.set(keyOf(row), {
      ...newTarget(row, row.firstSeenAt.getTime(), row),
      seeded: row.seeded,
      shown: row.shown,
      state: row.state,
      sinceMs: row.since.getTime(),
      lastSuccessMs: row.lastSuccessAt?.getTime() ?? null,
      judgedToMs: row.judgedTo.getTime(),
      lastValue:
        row.lastValue === null || row.lastValueAt === null ? null : { value: row.lastValue, atMs: row.lastValueAt.getTime() },
      recentValues: row.recentValues,
      lastViolation:
        row.event === null || row.eventAt === null
          ? null
          : { event: row.event, atMs: row.eventAt.getTime(), text: row.text ?? '' },
    });
  }
  await Promise.all([loadBuckets(store, airflow, memory), loadEvents(store, airflow, memory)]);
  return memory;
}

/** Targets read in one statement, each by index; their rows come as arrays, at their fullest 15 MB of text. */
const targetsPerRead = 200;
const ms = "(date_part('epoch', at) * 1000)::bigint";

async function inParts(memory: SlaMemory, read: (of: unknown[][]) => Promise<void>): Promise<void> {
  const all = [...memory.values()];
  for (let from = 0; from < all.length; from += targetsPerRead) {
    const part = all.slice(from, from + targetsPerRead);
    await read([part.map(({ sla }) => sla), part.map(({ dagId }) => dagId), part.map(({ taskId }) => taskId)]);
  }
}

const isTarget = 'airflow = $1 AND sla = k.s AND dag_id = k.d AND task_id = k.t';
const targets = 'unnest($2::text[], $3::text[], $4::text[]) k(s, d, t)';
const named = 'k.s AS sla, k.d AS "dagId", k.t AS "taskId"';

interface BucketsRow extends Ids {
  minutes: number;
  at: number[];
  totals: number[];
  bads: number[];
}

async function loadBuckets(store: Tx, airflow: string, memory: SlaMemory): Promise<void> {
  await inParts(memory, async (of) => {
    const rows = await store.query<BucketsRow>(
      `SELECT ${named}, b.* FROM ${targets} CROSS JOIN LATERAL (
         SELECT minutes, json_agg(${ms} ORDER BY at) AS at, json_agg(total ORDER BY at) AS totals, json_agg(bad ORDER BY at) AS bads
         FROM sla_bucket WHERE ${isTarget} GROUP BY minutes) b`,
      [airflow, ...of],
    );
    for (const { minutes, at, totals, bads, ...ids } of rows) {
      const target = memory.get(keyOf(ids));
      const buckets = at.map((atMs, index) => ({ atMs, total: totals[index] ?? 0, bad: bads[index] ?? 0 }));
      if (target !== undefined) target[minutes === 5 ? 'fine' : 'hours'] = bucketsOf(minutes * 60_000, buckets);
    }
  });
}

interface EventsRow extends Ids {
  keys: string[] | null;
  at: number[];
  values: (number | null)[];
  goods: boolean[];
}

async function loadEvents(store: Tx, airflow: string, memory: SlaMemory): Promise<void> {
  const order = 'ORDER BY at, event COLLATE "C"';
  await inParts(memory, async (of) => {
    const rows = await store.query<EventsRow>(
      `SELECT ${named}, e.* FROM ${targets} CROSS JOIN LATERAL (
         SELECT json_agg(event ${order}) AS keys, json_agg(${ms} ${order}) AS at, json_agg(value ${order}) AS values, json_agg(good ${order}) AS goods
         FROM sla_event WHERE ${isTarget}) e`,
      [airflow, ...of],
    );
    for (const { keys, at, values, goods, ...ids } of rows) {
      const target = memory.get(keyOf(ids));
      if (target === undefined || keys === null) continue;
      const all = keys.map((key, index) => ({
        key,
        atMs: at[index] ?? 0,
        value: values[index] ?? null,
        good: goods[index] === true,
      }));
      // Trimmed hourly: there may be more.
      target.events = all.slice(-eventsMax);
    }
  });
}

import { parentPort, workerData } from 'node:worker_threads';
import { connectAirflow } from './airflow/connect.ts';
import { probe } from './airflow/probe.ts';
import { createBeside } from './beside-cycles.ts';
import type { CycleSettings, FromCycle, ToCycle } from './cycle-messages.ts';
import { createFollower } from './follow.ts';
import { giveWay } from './give-way.ts';
import type { Family } from './measure/family.ts';
import { createHandOver } from './hand-over.ts';
import { createLeader, type Turn } from './lead.ts';
import { createCloserLook } from './look-closer.ts';
import { sleep, systemClock } from './lib/clock.ts';
import { errorText } from './lib/errors.ts';
import { redact } from './redact/redact.ts';
import { keepLease, LeaseLostError, type Lease } from './store/lease.ts';
import { openStore } from './store/open.ts';
import { createLogger } from './telemetry/logger.ts';
import { startTelemetry } from './telemetry/start.ts';
import { staleAfterMs, thresholdsOf } from './thresholds.ts';

// The thread's entry: leads or follows, tick by tick, until it is told to stop. Judging and encoding here never delay HTTP.
const settings = workerData as CycleSettings;
const port = parentPort;
if (port === null) throw new Error('cycle-thread.ts runs as a worker thread');
// A scrape that waits for a processor goes first.
giveWay();

const clock = systemClock;
const stop = new AbortController();
port.on('message', (message: ToCycle) => {
  if (message.kind === 'stop') stop.abort();
});

const deployment = settings.airflow.name;
const airflow = connectAirflow({
  url: settings.airflow.database_url,
  schema: settings.airflow.schema,
  connectTimeoutMs: settings.airflow.connect_timeout,
  transactionTimeoutMs: settings.airflow.transaction_timeout,
  clock,
});
const store = await openStore({ url: settings.storeUrl, applicationName: 'windsock', max: 4 });
const leader = createLeader({
  airflow,
  store,
  clock,
  deployment,
  thresholds: thresholdsOf(settings.airflow),
  intervalMs: settings.intervalMs,
  historyMs: settings.historyMs,
  seriesBudget: settings.measure.series_budget,
  taskExpiryMs: settings.measure.task_expiry,
  detect: settings.detect,
  incident: settings.incident,
  sla: settings.sla,
  timeZone: settings.report.time_zone,
});
const follower = createFollower({ store, deployment, staleAfterMs: staleAfterMs(settings.intervalMs) });
const logger = createLogger({ config: settings.telemetry.log, redact });
const handOver = createHandOver({ store, clock, logger, afterMs: settings.airflow.handover_after });
const lease = keepLease({
  store,
  airflow: deployment,
  holder: settings.holder,
  clock,
  onLost() {
    leader.forget();
    handOver.forget();
  },
  able: () => airflow.read(probe).then(() => true),
});

function post(message: FromCycle): void {
  if (message.kind !== 'exposition') return port?.postMessage(message);
  const { text, openmetrics } = message.encoded;
  // Handed over, not copied: the main thread serves these very bytes.
  const transfer = [text, openmetrics].map(({ deflated }) => deflated.buffer as ArrayBuffer);
  port?.postMessage(message, transfer);
}

/** What is pushed by OTLP: the families of the last cycle that we led. */
let pushed: readonly Family[] | undefined;
const telemetry = await startTelemetry({
  env: settings.otelEnv,
  log: logger,
  version: settings.version,
  deployment,
  instance: settings.instance,
  families: async () => pushed,
});

const beside = createBeside({ settings, airflow, store, clock, logger, look: leader.seen, held: () => lease.current(), post });

const lookCloser = createCloserLook({ airflow, shape: () => leader.seen()?.shape ?? null });
port.on('message', (message: ToCycle) => {
  if (message.kind === 'look') void lookCloser(message.look).then((view) => post({ kind: 'looked', id: message.id, view }));
});

let leading: boolean | null = null;
function announce(isLeader: boolean): void {
  if (leading === isLeader) return;
  leading = isLeader;
  post({ kind: 'role', leader: isLeader });
}

function tell(turn: Turn, seconds: number, skipped: number): void {
  const { encoded, families, status, reports, error } = turn;
  pushed = families;
  post({ kind: 'exposition', encoded, status });
  const airflowSeconds = airflow.databaseMs() / 1000;
  post({
    kind: 'cycle',
    ok: error === undefined,
    seconds,
    skipped,
    reports,
    airflowSeconds,
    ...(error === undefined ? {} : { error }),
  });
}

/** What the way back in history found is shown this soon, not an interval later. */
const catchUpMs = 2000;
/** However long a cycle took, the way back goes on a step. */
const idleMinMs = 100;

async function lead(held: Lease, skipped: number): Promise<void> {
  announce(true);
  const began = clock.monotonicMs();
  const turn = await leader.turn(held);
  const ended = clock.monotonicMs();
  tell(turn, (ended - began) / 1000, skipped);
  await handOver.note(held, { reachesAirflow: turn.reachesAirflow, beganMs: began });
  if (turn.error !== undefined) return void beside.deliver();
  void beside.tellAndExplain();
  if (leader.progress() >= 1) void beside.analyse();
  const idleMs = Math.max(idleMinMs, Math.min(catchUpMs, began + settings.intervalMs * 0.8 - ended));
  await leader.idle(held, () => stop.signal.aborted || clock.monotonicMs() - ended > idleMs);
}

async function follow(): Promise<void> {
  announce(false);
  pushed = undefined;
  const published = await follower.look();
  if (published !== undefined) post({ kind: 'exposition', ...published });
}

async function tick(skipped: number): Promise<void> {
  const held = lease.current();
  if (held === undefined) return follow();
  try {
    await lead(held, skipped);
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    // Woken or cut off for a while: somebody else leads, and what they publish is the truth.
    lease.drop(held);
    await follow();
  }
}

/** Followers look often, so that they take over and serve the newest bytes soon. */
const followEveryMs = Math.min(settings.intervalMs, 1000);

await lease.settled;
let skipped = 0;
while (!stop.signal.aborted) {
  const began = clock.monotonicMs();
  const progressBefore = leader.progress();
  const trouble = await tick(skipped).then(
    () => null,
    (error: unknown) => redact(errorText(error)),
  );
  post({ kind: 'trouble', error: trouble });
  const everyMs = leading === true ? settings.intervalMs : followEveryMs;
  const tookMs = clock.monotonicMs() - began;
  // A cycle that overran skips the ticks that it ran over.
  skipped = leading === true ? Math.floor(tookMs / everyMs) : 0;
  const wentBack = leading === true && leader.progress() > progressBefore;
  await sleep(wentBack ? Math.max(0, Math.min(catchUpMs, everyMs) - tookMs) : everyMs - (tookMs % everyMs), stop.signal);
}
await beside.stop();
await lease.stop();
await telemetry.stop();
await airflow.close();
await store.close();
post({ kind: 'stopped' });
port.close();

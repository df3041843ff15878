import { expect, test } from 'vitest';
import { createAlertmanager, startReceiver } from '../kit/alertmanager.ts';
import { findBinary } from '../kit/binaries.ts';
import { startBusyAirflow } from '../kit/busy-airflow.ts';
import { createDatabase, type TestDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { valueOf } from '../kit/parse-exposition.ts';
import { startProxy, type Proxy } from '../kit/proxy.ts';
import { startSlackServer, type ShownMessage } from '../kit/slack-server.ts';
import { sumOf, truthTotals } from '../kit/totals.ts';
import { incidentsOf, startCanaries, toldByAlert, worldWithCanaries } from './canaries.ts';
import {
  follows,
  hasTotals,
  lastLook,
  leads,
  startReplica,
  storeTime,
  watchWrites,
  writesBy,
  type Replica,
} from './replica-kit.ts';

const binary = findBinary('prometheus-alertmanager') ?? '';
/** What is promised. */
const takeoverMs = 10_000;
/** Each is done to the leader so often, in turn. */
const rounds = 3;
const ways = ['killed', 'frozen', 'cut off'] as const;
type Way = (typeof ways)[number];

/** A replica whose way to Airflow can be broken, too. */
interface Whole extends Replica {
  airflow: Proxy;
}

/** Channels of their own: Slack takes a message a second in each. */
const channels = { canaries: 'C0CANARIES', rest: 'C000000REST', busy: (number: number) => `C00000BUSY${number}` };
const busyCount = 8;

const slackSettings = (apiUrl: string): Record<string, string> => ({
  WINDSOCK_NOTIFY_SLACK_BOT_TOKEN: 'xoxb-test-token',
  WINDSOCK_NOTIFY_SLACK_CHANNEL: channels.rest,
  WINDSOCK_NOTIFY_SLACK_API_URL: apiUrl,
  WINDSOCK_NOTIFY_SLACK_DIRECT: 'true',
  WINDSOCK_NOTIFY_SLACK_ROUTES: JSON.stringify([
    { dags: ['canary_*'], channel: channels.canaries },
    ...Array.from({ length: busyCount }, (_, number) => ({ dags: [`busy_${number}`], channel: channels.busy(number) })),
  ]),
});

/** The epoch whose cycle was committed last. */
async function epochOf(store: TestDatabase): Promise<number> {
  const [row] = await store.query<{ epoch: number }>('SELECT epoch::int AS epoch FROM exposition');
  return row?.epoch ?? 0;
}

/** The DAGs whose task has an incident that is open. */
const failingIn = async (store: TestDatabase): Promise<Set<string>> =>
  new Set(
    (
      await store.query<{ dag: string }>(
        `SELECT subject->>'dagId' AS dag FROM incident WHERE kind = 'task_failed' AND state <> 'resolved'`,
      )
    ).map(({ dag }) => dag),
  );

/** By what each message is known: the incident's, or that of an event of its. */
const keyOf = ({ metadata }: ShownMessage): string => String(metadata?.event_payload['key']);

test('two replicas with all that they do, under load: the leader is killed, frozen and cut off, again and again; the other goes on within ten seconds, and totals, incidents and what people were told are as it happened', async () => {
  await using airflowDatabase = await createDatabase();
  await using store = await createDatabase('template_store');
  await watchWrites(store);
  const events = ways.length * rounds;
  await using busy = await startBusyAirflow(airflowDatabase, {
    pastMinutes: 10,
    stepSeconds: 5,
    world: worldWithCanaries(2 * events),
  });
  const begin = busy.simulation.truth();
  const canaries = startCanaries(busy.simulation);
  await using slack = await startSlackServer({
    channels: Object.fromEntries(
      [channels.canaries, channels.rest, ...Array.from({ length: busyCount }, (_, n) => channels.busy(n))].map((id) => [id, {}]),
    ),
    updatesPerMinute: 10_000,
  });
  await using receiver = await startReceiver();
  await using running = new AsyncDisposableStack();
  const member = binary === '' ? null : running.use(await createAlertmanager(binary, { receiver: receiver.url }));

  let started = 0;
  async function start(): Promise<Whole> {
    started += 1;
    const airflow = running.use(await startProxy(airflowDatabase.url));
    const replica = await startReplica(`replica_${started}`, store, {
      WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
      WINDSOCK_INTERVAL: '1s',
      WINDSOCK_INCIDENT_RATE_LIMIT: '100000',
      WINDSOCK_INCIDENT_CORRELATION_WINDOW: '1s',
      WINDSOCK_NOTIFY_ALERTMANAGER_RESEND: '2s',
      ...(member === null ? {} : { WINDSOCK_NOTIFY_ALERTMANAGER_URLS: JSON.stringify([member.url]) }),
      ...slackSettings(slack.apiUrl),
    });
    return { ...running.use(replica), airflow };
  }

  let leader = await start();
  await eventually('the first cycle', async () => valueOf(await leader.windsock.metrics(), 'airflow_up') === 1);
  busy.go(() => lastLook(store));
  let other = await start();
  expect([leads(leader), leads(other)]).toEqual([true, false]);

  const took: string[] = [];
  const late: string[] = [];
  /** Something happens to the leader. Gives back what mends it. */
  function harm(way: Way): () => Promise<void> {
    const harmed = leader;
    switch (way) {
      case 'killed':
        harmed.windsock.signal('SIGKILL');
        return async () => {};
      case 'frozen':
        harmed.windsock.signal('SIGSTOP');
        return async () => harmed.windsock.signal('SIGCONT');
      case 'cut off':
        harmed.proxy.freeze();
        harmed.airflow.freeze();
        return async () => {
          harmed.proxy.thaw();
          harmed.airflow.thaw();
        };
    }
  }

  for (const way of Array.from({ length: rounds }, () => ways).flat()) {
    canaries.fail();
    await canaries.heal(await failingIn(store));
    // At any moment of a cycle and of what is told.
    await new Promise((done) => setTimeout(done, Math.random() * 1500));
    const epoch = await epochOf(store);
    const began = performance.now();
    const mend = harm(way);
    canaries.fail();
    await eventually(`a cycle after the leader is ${way}`, async () => (await epochOf(store)) > epoch, { everyMs: 25 });
    const ms = performance.now() - began;
    took.push(`${way} ${(ms / 1000).toFixed(1)} s`);
    if (ms > takeoverMs) late.push(way);
    const since = await storeTime(store);
    const harmed = leader;
    await mend();
    if (way === 'killed') [leader, other] = [other, await start()];
    else [leader, other] = [other, leader];
    await follows(other);
    await eventually('two cycles of the new leader', async () => {
      const cycles = (await writesBy(store, leader.name, since)).filter((what) => what === 'exposition');
      return cycles.length >= 2;
    });
    expect([way, await writesBy(store, harmed.name, since)], 'the old one writes nothing').toEqual([way, []]);
  }

  await canaries.heal(await failingIn(store));
  const succeeded = async () =>
    new Set(
      (
        await airflowDatabase.query<{ dag: string }>(
          `SELECT DISTINCT dag_id AS dag FROM dag_run WHERE dag_id LIKE 'canary%' AND state = 'success'`,
        )
      ).map(({ dag }) => dag),
    );
  await eventually('what was healed has succeeded, and what was to fail has failed', async () => {
    const done = await succeeded();
    return busy.simulation.faults().length === 0 && canaries.healed().every((dagId) => done.has(dagId));
  });
  await busy.rest();

  const truth = truthTotals(begin, busy.simulation.truth());
  for (const replica of [leader, other]) await hasTotals(replica, truth);

  // Each canary that failed is one incident, ended if it was healed, with each thing that happened to it once.
  const url = await leader.windsock.url();
  const expected = new Map(canaries.failed().map((dagId) => [dagId, canaries.healed().includes(dagId) ? 'resolved' : 'open']));
  const all = await eventually('each canary stands as it should', async () => {
    const found = await incidentsOf(url, 'task_failed');
    const states = found.flatMap(({ subject, state }) =>
      subject.dagId?.startsWith('canary_') === true ? [`${subject.dagId} ${state}`] : [],
    );
    expect(states.toSorted()).toEqual([...expected].map(([dagId, state]) => `${dagId} ${state}`).toSorted());
    return found;
  });
  for (const { id, state, events: happened, recurrences } of all) {
    const count = (kind: string) => happened.filter((event) => event === kind).length;
    expect([id, count('opened'), count('resolved'), count('recurred')]).toEqual([
      id,
      1,
      state === 'resolved' ? 1 : 0,
      recurrences,
    ]);
  }

  // People were told of each once: one message in Slack, its end in its thread; one alert that fires, and one end of it.
  const known = all.filter(({ subject, root_id: root }) => expected.has(subject.dagId ?? '') && root === null);
  const keys = new Map(known.map(({ id, subject }) => [`incident:${id}`, subject.dagId ?? '']));
  const ended = (message: ShownMessage) => slack.thread(message.ts).filter(({ text }) => text.startsWith('✅')).length;
  await eventually('Slack has been told of all', () => {
    const roots = slack.roots(channels.canaries).filter((message) => keys.has(keyOf(message)));
    expect(roots.map((message) => `${keys.get(keyOf(message))} ended ${ended(message)}`).toSorted()).toEqual(
      known.map(({ subject, state }) => `${subject.dagId} ended ${state === 'resolved' ? 1 : 0}`).toSorted(),
    );
    return true;
  });
  const seen = new Map<string, number>();
  for (const message of slack.messages) seen.set(keyOf(message), (seen.get(keyOf(message)) ?? 0) + 1);
  expect(
    [...seen].filter(([, count]) => count > 1),
    'nothing is posted twice',
  ).toEqual([]);
  if (member !== null) {
    const statuses = (dagId: string) => receiver.told('dag_id', dagId).join(' ');
    await eventually('Alertmanager has told of all', () =>
      known.every(
        ({ subject, state }) => statuses(subject.dagId ?? '') === (state === 'resolved' ? 'firing resolved' : 'firing'),
      ),
    );
    for (const [alert, told] of toldByAlert(receiver))
      expect([alert, told.filter((status, at) => status === told[at - 1])], 'nothing is told twice').toEqual([alert, []]);
  }
  console.log(
    `first committed cycle after the leader was ${took.join(', ')}; ${sumOf(truth)} events counted right by both;`,
    `${all.length} incidents of failed tasks, ${known.length} known to the last (${canaries.healed().length} ended);`,
    `${slack.messages.length} messages in Slack, ${toldByAlert(receiver).size} alerts told, none lost, none twice`,
  );
  expect(late, 'taken over within ten seconds').toEqual([]);
});

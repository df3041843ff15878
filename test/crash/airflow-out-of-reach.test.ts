import { expect, test } from 'vitest';
import { startBusyAirflow } from '../kit/busy-airflow.ts';
import { createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { valueOf } from '../kit/parse-exposition.ts';
import { startProxy, type Proxy } from '../kit/proxy.ts';
import { sumOf, truthTotals } from '../kit/totals.ts';
import { follows, hasTotals, lastLook, leads, startReplica, type Replica } from './replica-kit.ts';

const afterMs = 3000;
/** Above that: a read that does not answer must run out of its time, and a follower looks every 5 s. */
const moreMs = 12_000;

interface Reader extends Replica {
  airflow: Proxy;
}

test('a leader that cannot reach Airflow, and still its store, is replaced by a replica that can; where none can, all say so and nothing goes back and forth; all totals are right', async () => {
  await using database = await createDatabase();
  await using store = await createDatabase('template_store');
  await using busy = await startBusyAirflow(database, { pastMinutes: 10, stepSeconds: 5 });
  const begin = busy.simulation.truth();
  await using running = new AsyncDisposableStack();
  async function start(name: string): Promise<Reader> {
    const airflow = running.use(await startProxy(database.url));
    const replica = await startReplica(name, store, {
      WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
      WINDSOCK_AIRFLOW_CONNECT_TIMEOUT: '1s',
      WINDSOCK_AIRFLOW_HANDOVER_AFTER: `${afterMs}ms`,
    });
    return { ...running.use(replica), airflow };
  }
  const up = async ({ windsock }: Replica) => valueOf(await windsock.metrics(), 'airflow_up');
  const epoch = async () => (await store.query<{ epoch: string }>('SELECT epoch FROM lease'))[0]?.epoch;

  let leader = await start('first');
  await eventually('the first cycle', async () => (await up(leader)) === 1);
  busy.go(() => lastLook(store));
  let other = await start('second');
  const both = (): [boolean, boolean] => [leads(leader), leads(other)];
  expect(both()).toEqual([true, false]);

  const took: Record<string, number> = {};
  const ways = {
    'refuses connections': [(proxy: Proxy) => proxy.cut(), (proxy: Proxy) => proxy.restore()],
    'does not answer': [(proxy: Proxy) => proxy.freeze(), async (proxy: Proxy) => proxy.thaw()],
  } as const;
  for (const [how, [harm, mend]] of Object.entries(ways)) {
    const began = performance.now();
    harm(leader.airflow);
    await eventually(`the other leads when Airflow ${how}`, () => leads(other), { everyMs: 20 });
    took[how] = performance.now() - began;
    await follows(leader);
    // The one that is cut off shows what the other sees.
    for (const replica of [leader, other])
      await eventually(`${replica.name} sees Airflow`, async () => (await up(replica)) === 1);
    await mend(leader.airflow);
    [leader, other] = [other, leader];
  }

  // Airflow is down for both: it is said, and the lease stays where it is.
  const before = await epoch();
  leader.airflow.cut();
  other.airflow.cut();
  await leader.windsock.says(/stays out of reach; another replica that reaches it may take over/);
  await new Promise((done) => setTimeout(done, afterMs + 7000));
  expect([await epoch(), both(), await up(leader), await up(other)]).toEqual([before, [true, false], 0, 0]);
  // It comes back for the other alone, which takes over.
  await other.airflow.restore();
  await eventually('the one that reaches it leads', () => leads(other));
  await follows(leader);
  await leader.airflow.restore();
  await eventually('both see Airflow', async () => (await up(leader)) === 1 && (await up(other)) === 1);

  await busy.rest();
  const truth = truthTotals(begin, busy.simulation.truth());
  for (const replica of [leader, other]) await hasTotals(replica, truth);
  console.log('taken over after', took, `${sumOf(truth)} events`);
  expect(Object.entries(took).filter(([, ms]) => ms > afterMs + moreMs || ms < afterMs)).toEqual([]);
});

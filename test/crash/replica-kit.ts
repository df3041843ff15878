import { expect } from 'vitest';
import type { TestDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startProxy, type Proxy } from '../kit/proxy.ts';
import { countedTotals, differences, type Totals } from '../kit/totals.ts';
import { startWindsock, type WindsockProcess } from '../kit/windsock.ts';

/** Writes down which Windsock wrote to which table of the store; what is rolled back leaves no trace. */
export async function watchWrites(store: TestDatabase): Promise<void> {
  await store.query('CREATE TABLE write_seen (who text, what text, at timestamptz)');
  await store.query(`CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO write_seen VALUES (current_setting('application_name'), TG_TABLE_NAME, clock_timestamp()); RETURN NULL; END $$`);
  const tables = await store.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT IN ('write_seen', 'windsock_migration', 'lease')`,
  );
  expect(tables.length).toBeGreaterThan(5);
  for (const { name } of tables)
    await store.query(
      `CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON ${name} FOR EACH STATEMENT EXECUTE FUNCTION note_write()`,
    );
}

export const writesBy = async (store: TestDatabase, name: string, since: Date): Promise<string[]> =>
  (await store.query<{ what: string }>('SELECT what FROM write_seen WHERE who = $1 AND at > $2', [name, since])).map(
    ({ what }) => what,
  );

export const storeTime = async (store: TestDatabase): Promise<Date> => {
  const [row] = await store.query<{ at: Date }>('SELECT clock_timestamp() AS at');
  if (row === undefined) throw new Error('no time');
  return row.at;
};

/** When the last look at Airflow that was committed was. */
export async function lastLook(store: TestDatabase): Promise<Date | null> {
  const [row] = await store.query<{ at: Date }>('SELECT taken_at AS at FROM exposition');
  return row?.at ?? null;
}

/** A Windsock whose ways to its databases can be broken; its store knows it by its name. */
export interface Replica extends AsyncDisposable {
  name: string;
  /** The way to the store. */
  proxy: Proxy;
  windsock: WindsockProcess;
}

function named(url: string, name: string): string {
  const made = new URL(url);
  made.searchParams.set('application_name', name);
  return made.href;
}

export async function startReplica(name: string, store: TestDatabase, environment: Record<string, string>): Promise<Replica> {
  const proxy = await startProxy(store.url);
  const windsock = startWindsock({ WINDSOCK_STORE_DATABASE_URL: named(proxy.url, name), WINDSOCK_HISTORY: '1h', ...environment });
  await windsock.says(/"(leading|following)/);
  return {
    name,
    proxy,
    windsock,
    async [Symbol.asyncDispose]() {
      await windsock[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Whether it leads, by its last word on it. */
export const leads = ({ windsock }: Replica): boolean =>
  windsock
    .lines()
    .findLast(({ msg }) => /^(leading|following)/.test(msg))
    ?.msg.startsWith('leading') ?? false;

export const follows = (replica: Replica) => eventually(`${replica.name} follows`, () => !leads(replica));

/** Returns once it shows exactly what happened; what differs is an error. */
export async function hasTotals({ name, windsock }: Replica, truth: Totals): Promise<void> {
  const wrong = async () => differences(truth, countedTotals(await windsock.metrics()));
  await eventually(`${name} has all totals`, async () => (await wrong()).length === 0).catch(async () => {
    expect(await wrong()).toEqual([]);
  });
}

import { expect, test } from 'vitest';
import { createSimulation } from '../../src/demo/simulation.ts';
import { act, busyWorld } from '../kit/busy-airflow.ts';
import { createDatabase, createStore, type TestDatabase } from '../kit/database.ts';
import { createCycles } from '../kit/cycles.ts';
import { differences, sumOf, truthTotals } from '../kit/totals.ts';

/** The database's URL for a session whose `now()` the test sets: ours stands before PostgreSQL's own on the search path. */
async function withOwnClock(database: TestDatabase): Promise<{ url: string; set(at: Date): Promise<void> }> {
  await database.query('CREATE SCHEMA own_clock');
  await database.query('CREATE TABLE own_clock.clock AS SELECT pg_catalog.now() AS at');
  await database.query(
    'CREATE FUNCTION own_clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT at FROM own_clock.clock $$',
  );
  const url = new URL(database.url);
  url.searchParams.set('options', '-c search_path=own_clock,public,pg_catalog');
  return { url: url.href, set: async (at) => void (await database.query('UPDATE own_clock.clock SET at = $1', [at])) };
}

test.each([
  ['3', 10],
  ['2.11', -10],
] as const)(
  "Airflow %s, the database's clock %i minutes from its hosts': every look counts what happened, whoever clears, marks and restarts",
  async (release, skewMinutes) => {
    await using database = await createDatabase();
    await using store = await createStore();
    const start = new Date('2026-03-02T10:00:00Z');
    await using simulation = await createSimulation({
      databaseUrl: database.url,
      airflow: release,
      seed: 3,
      start,
      world: busyWorld,
    });
    const clock = await withOwnClock(database);
    const pass = async (seconds: number) => {
      await simulation.step(new Date(simulation.now().getTime() + seconds * 1000));
      await clock.set(new Date(simulation.now().getTime() + skewMinutes * 60_000));
    };
    await pass(900);
    await using cycles = await createCycles(clock.url, store);
    await cycles.cycle();
    const begin = simulation.truth();
    for (let look = 1; look <= 28; look += 1) {
      await pass(15);
      if (look % 2 === 0) await act(database, simulation, look / 2, new Date(simulation.now().getTime() - 40_000));
      if (look % 7 === 0) await cycles.restart();
      const { snapshot } = await cycles.cycle();
      expect(snapshot.at.getTime() - simulation.now().getTime()).toBeCloseTo(skewMinutes * 60_000, -3);
      expect([look, ...differences(truthTotals(begin, simulation.truth()), await cycles.totals())]).toEqual([look]);
    }
    expect(sumOf(truthTotals(begin, simulation.truth()), 'marked')).toBeGreaterThan(1);
  },
);

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyDecisions } from '../../src/incident/apply.ts';
import { decide, type Desk } from '../../src/incident/decide.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { at, incident } from '../kit/findings.ts';

const windowMs = 600_000;
const topology = { isUpstreamTask: () => false, isUpstreamDag: () => false, fileOf: () => null };
const nothingNew = { findings: [], cleared: [] };

function decideOn(open: readonly Incident[]) {
  const desk: Desk = { open, closedEvents: new Map(), endedRoots: new Map() };
  return decide(desk, nothingNew, { topology, windowMs, hosts: 1, newId: () => 'new' });
}
const after = (open: readonly Incident[]): Incident[] => {
  const context = { airflow: 'a', teams: {}, dagFacts: () => ({ owners: [], tags: [] }) };
  return applyDecisions(open, decideOn(open), context, at('12:00')).incidents;
};

/** A failed task of its own, opened and last failed at these times. */
function failed(id: string, opened: Date, partial: Partial<Incident> = {}, newest = opened): Incident {
  const subject = { type: 'task' as const, dagId: `dag_${id}`, taskId: 'load' };
  const made = incident({ id, signature: 'a', ...partial }, { subject, since: opened });
  return { ...made, latest: { ...made.latest, since: newest } };
}
const joins = (open: readonly Incident[]) =>
  decideOn(open).map((each) => (each.kind === 'join' ? [each.id, each.rootId, each.reason] : [each.kind]));

test('of failures with one signature the younger joins the older, and says why', () => {
  expect(joins([failed('b', at('10:05')), failed('a', at('10:00'))])).toEqual([['b', 'a', 'the same error as dag_a.load']]);
  expect(joins([failed('a', at('10:00')), failed('b', at('10:05'), { signature: 'b' })])).toEqual([]);
  expect(joins([failed('a', at('10:00'), { signature: null }), failed('b', at('10:05'), { signature: null })])).toEqual([]);
});

test('they must be near in time: no later than the window after the older one last failed', () => {
  expect(joins([failed('a', at('10:00')), failed('b', at('10:10'))])).toHaveLength(1);
  expect(joins([failed('a', at('10:00')), failed('b', at('10:10:01'))])).toEqual([]);
  // One that fails again and again lasts.
  expect(joins([failed('a', at('10:00'), {}, at('11:00')), failed('b', at('10:30'))])).toHaveLength(1);
});

test('a member by the same error makes its root last, one by another error does not', () => {
  const [root, late] = [failed('a', at('10:00')), failed('c', at('10:16'))];
  expect(joins([root, failed('b', at('10:08'), { rootId: 'a' }), late])).toHaveLength(1);
  expect(joins([root, failed('b', at('10:08'), { rootId: 'a', signature: 'b' }), late])).toEqual([]);
});

test('members go along for their own reason, acknowledged ones join too, what a person split off stays', () => {
  const open = [
    failed('a', at('10:00')),
    failed('b', at('10:01'), { state: 'acknowledged' }),
    failed('m', at('10:01'), { rootId: 'b', memberReason: 'the same DAG as dag_b.load', signature: null }),
    failed('s', at('10:02'), { split: true }),
  ];
  expect(joins(open)).toEqual([
    ['b', 'a', 'the same error as dag_a.load'],
    ['m', 'a', 'the same DAG as dag_b.load'],
  ]);
});

test('only failures of tasks: what else has a signature joins nothing by it', () => {
  const slow = incident({ id: 'slow', kind: 'task_slow', signature: 'a' }, { kind: 'task_slow', since: at('10:01') });
  expect(joins([failed('a', at('10:00')), slow])).toEqual([]);
});

const someIncidents = fc
  .array(
    fc.record({
      opened: fc.integer({ min: 0, max: 60 }),
      lasted: fc.integer({ min: 0, max: 30 }),
      signature: fc.constantFrom('a', 'b', null),
      split: fc.boolean(),
      memberOf: fc.option(fc.nat(), { nil: null }),
    }),
    { maxLength: 12 },
  )
  .map((specs) => {
    const minute = (n: number): Date => new Date(at('10:00').getTime() + n * 60_000);
    const made = specs.map(({ opened, lasted, signature, split }, index) =>
      failed(`i${index}`, minute(opened), { signature, split }, minute(opened + lasted)),
    );
    // Every other one at most is a member, of one that is none.
    return made.map((each, index) => {
      const { memberOf } = specs[index] ?? { memberOf: null };
      const root = made[2 * Math.floor((memberOf ?? 0) % Math.max(1, Math.ceil(made.length / 2)))];
      return index % 2 === 1 && memberOf !== null && root !== undefined ? { ...each, rootId: root.id } : each;
    });
  });

test('whatever is open: memberships stay one deep, the oldest is the root, and doing it again changes nothing', () => {
  fc.assert(
    fc.property(someIncidents, (open) => {
      const merged = after(open);
      const byId = new Map(merged.map((each) => [each.id, each]));
      const before = new Map(open.map((each) => [each.id, each]));
      for (const each of merged) {
        if (each.rootId === null) continue;
        const root = byId.get(each.rootId);
        expect(root?.rootId).toBeNull();
        const was = before.get(each.id);
        if (was?.rootId === each.rootId) continue;
        // It joined, or its root did.
        const joined = was?.rootId == null ? was : before.get(was.rootId);
        expect(joined?.split).toBe(false);
        expect(root?.split).toBe(false);
        expect(joined?.signature).toBe(root?.signature);
        expect(root?.openedAt.getTime()).toBeLessThanOrEqual(joined?.openedAt.getTime() ?? 0);
      }
      expect(decideOn(merged)).toEqual([]);
    }),
  );
});

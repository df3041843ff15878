import fc from 'fast-check';
import { expect, test } from 'vitest';
import { subjectKey, type Cleared, type Finding } from '../../src/detect/finding.ts';
import { kindNames } from '../../src/detect/kinds.ts';
import type { Topology } from '../../src/incident/tie.ts';
import { decide, identityOf, type DecideContext, type Decision, type Desk } from '../../src/incident/decide.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { at, finding, incident } from '../kit/findings.ts';

const topology: Topology = { isUpstreamTask: () => false, isUpstreamDag: () => false, fileOf: () => null };

function context(): DecideContext {
  let made = 0;
  return { topology, windowMs: 600_000, hosts: 3, newId: () => `new-${(made += 1)}` };
}

const desk = (open: readonly Incident[] = [], closed: readonly Finding[] = []): Desk => ({
  open,
  closedEvents: new Map(closed.map((each) => [identityOf(each.kind, subjectKey(each.subject)), each.event])),
  endedRoots: new Map(),
});

const cleared = (of: Finding, time: string): Cleared => ({
  kind: of.kind,
  subject: of.subject,
  reason: 'cleared',
  at: at(time),
  text: 'it is well again',
});

const run = (known: Desk, findings: Finding[], clears: Cleared[] = [], with_ = context()): Decision[] =>
  decide(known, { findings, cleared: clears }, with_);
const kindsOf = (decisions: Decision[]) => decisions.map(({ kind }) => kind);

test('the first finding of an identity opens an incident', () => {
  expect(run(desk(), [finding()])).toMatchObject([{ kind: 'open', id: 'new-1', rootId: null }]);
});

test('the same event seen again only refreshes it, another event is a recurrence', () => {
  const known = desk([incident()]);
  expect(kindsOf(run(known, [finding()]))).toEqual(['refresh']);
  expect(kindsOf(run(known, [finding({ event: 'run:2:load:1' })]))).toEqual(['recur']);
});

test('a rise in severity is told, a fall is not', () => {
  const known = desk([incident({ severity: 'warning' })]);
  expect(run(known, [finding({ severity: 'critical' })])).toContainEqual({
    kind: 'raise',
    id: 'inc-1',
    from: 'warning',
    to: 'critical',
  });
  expect(kindsOf(run(known, [finding({ severity: 'info' })]))).toEqual(['refresh']);
});

test('what a person resolved stays resolved until something new happens', () => {
  const known = desk([], [finding()]);
  expect(run(known, [finding()])).toEqual([]);
  expect(kindsOf(run(known, [finding({ event: 'run:2:load:1' })]))).toEqual(['open']);
});

test('absence of a finding changes nothing, whatever is open', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...kindNames), { minLength: 1 }), (names) => {
      const open = names.map((kind, index) => incident({ id: `inc-${index}`, kind }, { kind }));
      expect(run(desk(open), [])).toEqual([]);
    }),
  );
});

test('a clear resolves, unless it went wrong again after it had been right', () => {
  const open = incident();
  expect(kindsOf(run(desk([open]), [], [cleared(open.first, '10:05')]))).toEqual(['resolve']);
  const again = finding({ event: 'run:2:load:1', since: at('10:10') });
  expect(kindsOf(run(desk([open]), [again], [cleared(open.first, '10:05')]))).toEqual(['recur']);
});

test('what failed and healed between two looks leaves an incident that is over at once', () => {
  expect(kindsOf(run(desk(), [finding()], [cleared(finding(), '10:01')]))).toEqual(['open', 'resolve']);
});

test('a clear of something that is not open changes nothing', () => {
  expect(run(desk(), [], [cleared(finding(), '10:05')])).toEqual([]);
});

const late = finding({ kind: 'dag_late', subject: { type: 'dag', dagId: 'etl' }, event: 'since:1', since: at('10:02') });

test('a symptom joins the root of its DAG, found in the same cycle or before, and no second root stands', () => {
  expect(run(desk(), [late, finding()])).toMatchObject([
    { kind: 'open', id: 'new-1', rootId: null },
    { kind: 'open', id: 'new-2', rootId: 'new-1', memberReason: 'the same DAG as etl.load' },
  ]);
  expect(run(desk([incident()]), [late])).toMatchObject([{ kind: 'open', rootId: 'inc-1' }]);
});

test('a symptom that was told before its cause was known joins the cause, with all that had joined it', () => {
  const symptom = incident({ id: 'late-1' }, late);
  const follower = incident(
    { id: 'sla-1', rootId: 'late-1', memberReason: 'the same DAG as etl' },
    { kind: 'sla_breached', subject: { type: 'sla', sla: 'fresh', dagId: 'etl', taskId: '' } },
  );
  expect(run(desk([symptom, follower]), [finding({ since: at('10:06') })])).toMatchObject([
    { kind: 'open', id: 'new-1', rootId: null },
    { kind: 'join', id: 'late-1', rootId: 'new-1', reason: 'the same DAG as etl.load' },
    { kind: 'join', id: 'sla-1', rootId: 'new-1', reason: 'the same DAG as etl' },
  ]);
});

test('what was seen longer before a cause than the window is no symptom of it', () => {
  const told = desk([incident({ id: 'late-1' }, late)]);
  expect(kindsOf(run(told, [finding({ since: at('10:12:00') })]))).toEqual(['open', 'join']);
  expect(kindsOf(run(told, [finding({ since: at('10:12:01') })]))).toEqual(['open']);
});

test('what a person took out of its incident is not taken in again', () => {
  const symptom = incident({ id: 'late-1', split: true }, late);
  expect(kindsOf(run(desk([symptom]), [finding({ since: at('10:06') })]))).toEqual(['open']);
});

test('a member joins the root of its root, never another member', () => {
  const root = incident({ id: 'down' }, { kind: 'component_down', subject: { type: 'component', component: 'scheduler' } });
  const member = incident({ id: 'failed', rootId: 'down' });
  const joined = run(desk([root, member]), [{ ...late, since: at('10:30') }]);
  expect(joined).toMatchObject([{ kind: 'open', rootId: 'down' }]);
});

test('a member that shows again after its root had ended stands alone', () => {
  const member = incident({ id: 'slow', rootId: 'gone' });
  const known = { ...desk([member]), endedRoots: new Map([['gone', at('10:00')]]) };
  expect(kindsOf(run(known, [finding()]))).toEqual(['refresh']);
  expect(kindsOf(run(known, [finding({ event: 'run:2:load:1' })]))).toEqual(['recur', 'stand_alone']);
});

const onHost = (host: string, taskId: string): Finding =>
  finding({
    subject: { type: 'task', dagId: taskId, taskId },
    event: `run:${taskId}`,
    carried: { host, pool: null, queue: null, operator: null },
  });

test('three tasks failing on one of several hosts are one incident; two are not, nor three on the only host there is', () => {
  const three = ['a', 'b', 'c'].map((task) => onHost('worker-1', task));
  const roots = (decisions: Decision[]) => decisions.filter((each) => each.kind === 'open' && each.rootId === null).length;
  expect(roots(run(desk(), three))).toBe(1);
  expect(roots(run(desk(), three.slice(0, 2)))).toBe(2);
  expect(roots(run(desk(), three, [], { ...context(), hosts: 1 }))).toBe(3);
  expect(roots(run(desk(), [...three, onHost('worker-2', 'd')]))).toBe(4);
});

test('decisions depend on nothing but their input', () => {
  const findings = [late, finding(), onHost('worker-1', 'x')];
  expect(run(desk([incident({ id: 'o' }, onHost('worker-1', 'y'))]), findings)).toEqual(
    run(desk([incident({ id: 'o' }, onHost('worker-1', 'y'))]), findings.toReversed()),
  );
});

test('what is new and tied to a member whose root has ended is not lost in that root: the member stands alone, and takes it in', () => {
  const member = incident({ id: 'failed', rootId: 'gone', memberReason: 'while the scheduler is down' });
  const known = { ...desk([member]), endedRoots: new Map([['gone', at('10:00')]]) };
  expect(run(known, [late])).toMatchObject([
    { kind: 'stand_alone', id: 'failed' },
    { kind: 'open', id: 'new-1', rootId: 'failed', memberReason: 'the same DAG as etl.load' },
  ]);
});

test('what opens in the cycle in which a root ends does not join it, nor what is left of it', () => {
  const root = incident({ id: 'root' });
  expect(run(desk([root]), [{ ...late, since: at('10:30') }], [cleared(root.first, '10:20')])).toMatchObject([
    { kind: 'resolve', id: 'root' },
    { kind: 'open', id: 'new-1', rootId: null },
  ]);
  const down = incident({ id: 'down' }, { kind: 'component_down', subject: { type: 'component', component: 'scheduler' } });
  const member = incident({ id: 'failed', rootId: 'down' });
  expect(run(desk([down, member]), [{ ...late, since: at('10:30') }], [cleared(down.first, '10:20')])).toMatchObject([
    { kind: 'resolve', id: 'down' },
    { kind: 'stand_alone', id: 'failed' },
    { kind: 'open', id: 'new-1', rootId: 'failed' },
  ]);
});

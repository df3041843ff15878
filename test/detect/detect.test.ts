import { expect, test } from 'vitest';
import { detect } from '../../src/detect/detect.ts';
import type { OpenFinding, RegisteredDetector } from '../../src/detect/detector.ts';
import { nothingCarried, type Finding, type Severity, type Subject } from '../../src/detect/finding.ts';
import { at, facts, settings } from './kit.ts';

const clock = { monotonicMs: () => 0 };

function finding(dagId: string, severity: Severity = 'error'): Finding {
  return {
    kind: 'dag_late',
    subject: { type: 'dag', dagId },
    severity,
    event: 'since:1',
    occasion: null,
    observed: null,
    expected: null,
    n: 0,
    score: 1,
    since: at('11:00'),
    title: `${dagId} is late`,
    carried: nothingCarried,
  };
}

const cleared = {
  kind: 'dag_late',
  subject: { type: 'dag', dagId: 'etl' },
  reason: 'cleared',
  at: at('12:00'),
  text: 'it arrived',
} as const;
const finds = (...findings: Finding[]): RegisteredDetector => ({
  kind: 'dag_late',
  judge: () => ({ findings, cleared: [cleared], judged: 3 }),
});
const situation = (config: unknown = {}, dags: Parameters<typeof settings>[1] = []) => ({
  facts: facts(),
  open: [],
  settings: settings(config, dags),
  clock,
});

test('findings and clears of all detectors come together, each detector with its report', () => {
  const { findings, cleared: ends, reports } = detect({ a: finds(finding('etl')), b: finds(finding('web')) }, situation());
  expect(findings.map(({ title }) => title)).toEqual(['etl is late', 'web is late']);
  expect(ends).toHaveLength(2);
  expect(reports).toMatchObject([
    { detector: 'a', ok: true, judged: 3, findings: 1, seconds: 0 },
    { detector: 'b', ok: true, judged: 3, findings: 1 },
  ]);
});

test('a detector that throws has said nothing and is reported; the others are heard', () => {
  const broken: RegisteredDetector = {
    kind: 'trend',
    judge: () => {
      throw new RangeError('no such task');
    },
  };
  const { findings, reports } = detect({ broken, a: finds(finding('etl')) }, situation());
  expect(findings).toHaveLength(1);
  expect(reports[0]).toMatchObject({ detector: 'broken', ok: false, error: 'no such task', judged: 0, findings: 0 });
});

test('a detector that says two things of one subject in one cycle is a broken one', () => {
  const { findings, reports } = detect({ twice: finds(finding('etl'), finding('etl')) }, situation());
  expect([findings, reports[0]?.ok]).toEqual([[], false]);
});

test('a detector sees the open incidents of its own kind and of those that it asks for', () => {
  const open = (kind: OpenFinding['kind'], subject: Subject): OpenFinding => ({
    kind,
    subject,
    event: 'e',
    since: at('11:00'),
    quietMs: 0,
  });
  const dag: Subject = { type: 'dag', dagId: 'a' };
  const task: Subject = { type: 'task', dagId: 'a', taskId: 'b' };
  let seen: string[] = [];
  const judge: RegisteredDetector['judge'] = (_facts, found) => {
    seen = [...found.values()].map(({ kind }) => kind);
    return { findings: [], cleared: [], judged: 0 };
  };
  const all = [open('dag_run_failed', dag), open('task_failed', task), open('trend', task), open('dag_late', dag)];
  detect({ a: { kind: 'dag_run_failed', alsoReads: ['task_failed'], judge } }, { ...situation(), open: all });
  expect(seen.toSorted()).toEqual(['dag_run_failed', 'task_failed']);
});

test('what judges by history is not asked while history is still being read', () => {
  const learned: RegisteredDetector = { ...finds(finding('etl')), learned: true };
  const warming = { ...situation(), facts: facts({ warmingUp: true }) };
  expect(detect({ learned, a: finds(finding('web')) }, warming).findings.map(({ title }) => title)).toEqual(['web is late']);
  expect(detect({ learned }, situation()).findings).toHaveLength(1);
});

test('a disabled kind is not found and still cleared', () => {
  const { findings, cleared: ends } = detect({ a: finds(finding('etl')) }, situation({ disabled: ['dag_late'] }));
  expect([findings.length, ends.length]).toEqual([0, 1]);
});

test('a finding as severe as the least that is wanted is told, a milder one is not', () => {
  const wanted = situation({ min_severity: { dag_late: 'error' } });
  const severities: Severity[] = ['info', 'warning', 'error', 'critical'];
  const told = severities.filter((severity) => detect({ a: finds(finding('etl', severity)) }, wanted).findings.length > 0);
  expect(told).toEqual(['error', 'critical']);
});

test('overrides go by id, owner and tag, and the last that names a setting wins', () => {
  const { tuning } = settings(
    {
      stuck_after: '5m',
      disabled: ['trend'],
      overrides: [
        { match: { owners: ['ann'] }, stuck_after: '1h', disable: ['dag_late'] },
        { match: { tags: ['slow'] }, stuck_after: '2h', sensitivity: 0.5 },
        { match: { dags: ['etl*'], tasks: ['load*'] }, low_side: true, enable: ['trend'] },
      ],
    },
    [
      { dagId: 'etl', owners: 'bob, ann', tags: ['slow'] },
      { dagId: 'web', owners: 'bob', tags: [] },
    ],
  );
  expect(tuning('web')).toMatchObject({ stuckAfterMs: 300_000, sensitivity: 1, lowSide: false });
  expect(tuning('etl')).toMatchObject({ stuckAfterMs: 7_200_000, sensitivity: 0.5, lowSide: false });
  expect([...tuning('etl', 'load_1').disabled]).toEqual(['dag_late']);
  expect(tuning('etl', 'load_1').lowSide).toBe(true);
  expect([...tuning('etl', 'extract').disabled].toSorted()).toEqual(['dag_late', 'trend']);
  expect(tuning('unknown')).toMatchObject({ stuckAfterMs: 300_000 });
});

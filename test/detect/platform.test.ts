import { expect, test } from 'vitest';
import { type ComponentHealth, type ImportFailure } from '../../src/collect/snapshot.ts';
import { componentDown } from '../../src/detect/component-down.ts';
import { importError } from '../../src/detect/import-error.ts';
import { at, openMap, snapshot } from './kit.ts';

const now = at('12:00');

const health = (over: Partial<ComponentHealth> = {}): ComponentHealth => ({
  component: 'scheduler',
  up: false,
  heartbeatAt: at('11:59:30'),
  limitMs: 30_000,
  ...over,
});
const judgeHealth = (components: ComponentHealth[], open = openMap()) =>
  componentDown({ snapshot: snapshot({ components }) }, open, undefined, now);

test('a heartbeat as old as the limit is a finding, a younger one is not', () => {
  expect(judgeHealth([health()]).findings).toMatchObject([
    {
      severity: 'critical',
      event: `since:${at('11:59:30').getTime()}`,
      title: 'The scheduler is down: its last heartbeat was 30s ago, the limit is 30s',
    },
  ]);
  expect(judgeHealth([health({ heartbeatAt: at('11:59:31') })]).findings).toEqual([]);
  expect(judgeHealth([health({ component: 'triggerer' })]).findings).toMatchObject([{ severity: 'error' }]);
});

test('a component that never ran is no finding', () => {
  expect(judgeHealth([health({ heartbeatAt: null })])).toEqual({ findings: [], cleared: [], judged: 0 });
});

test('a triggerer silent for a day when we came was taken out of service; one that we saw going down was not', () => {
  const yesterday = (ms: number) => new Date(now.getTime() - 86_400_000 - ms);
  const old = health({ component: 'triggerer', heartbeatAt: yesterday(1) });
  expect(judgeHealth([old]).findings).toEqual([]);
  expect(judgeHealth([{ ...old, heartbeatAt: yesterday(0) }]).findings).toHaveLength(1);
  const open = openMap(...judgeHealth([{ ...old, heartbeatAt: yesterday(0) }]).findings);
  expect(judgeHealth([old], open).findings).toHaveLength(1);
  expect(judgeHealth([{ ...old, component: 'scheduler' }]).findings).toHaveLength(1);
});

test('a fresh heartbeat clears, a young one of a component that has ended does not', () => {
  const open = openMap(...judgeHealth([health()]).findings);
  const fresh = health({ up: true, heartbeatAt: at('11:59:58') });
  expect(judgeHealth([fresh], open).cleared).toMatchObject([{ reason: 'cleared', at: at('11:59:58') }]);
  expect(judgeHealth([{ ...fresh, up: false }], open)).toMatchObject({ findings: [], cleared: [] });
  expect(judgeHealth([], open).cleared).toEqual([]);
});

const failure = (over: Partial<ImportFailure> = {}): ImportFailure => ({
  filename: 'dags/etl.py',
  at: at('11:50'),
  stacktrace: 'Traceback (most recent call last):\n  File "etl.py", line 1\nModuleNotFoundError: No module named \'pandas\'\n',
  ...over,
});
const judgeImports = (errors: ImportFailure[], open = openMap(), count = errors.length) =>
  importError({ snapshot: snapshot({ importErrors: { count, errors } }) }, open, undefined, now);

test("a file that does not parse is a finding with its error's last line", () => {
  expect(judgeImports([failure()]).findings).toMatchObject([
    {
      subject: { type: 'file', file: 'dags/etl.py' },
      event: "error:ModuleNotFoundError: No module named 'pandas'",
      since: at('11:50'),
      title: "dags/etl.py does not parse: ModuleNotFoundError: No module named 'pandas'",
    },
  ]);
});

test('the same error parsed again keeps event and beginning; another error is another event', () => {
  const open = openMap(...judgeImports([failure({ stacktrace: 'TypeError: <f at 0x7fa1>' })]).findings);
  const [again] = judgeImports([failure({ stacktrace: 'TypeError: <f at 0x7fb2>', at: at('11:59') })], open).findings;
  expect(again).toMatchObject({ event: 'error:TypeError: <f at 0x>', since: at('11:50') });
  const [other] = judgeImports([failure({ stacktrace: 'KeyError: 1', at: at('11:59') })], open).findings;
  expect(other).toMatchObject({ event: 'error:KeyError: 1', since: at('11:59') });
});

test('a file that the whole list lacks is over; a list that is full proves nothing', () => {
  const open = openMap(...judgeImports([failure()]).findings);
  const others = (count: number) => Array.from({ length: count }, (_, index) => failure({ filename: `dags/${index}.py` }));
  expect(judgeImports(others(3), open, 3).cleared).toMatchObject([{ subject: { file: 'dags/etl.py' } }]);
  expect(judgeImports(others(3), open, 4).cleared).toEqual([]);
  expect(judgeImports([failure()], open).cleared).toEqual([]);
});

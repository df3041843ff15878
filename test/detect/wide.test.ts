import { expect, test } from 'vitest';
import { pattern } from '../../src/detect/pattern.ts';
import { runningLong } from '../../src/detect/running-long.ts';
import { taskFailed } from '../../src/detect/task-failed.ts';
import { zScore } from '../../src/detect/z-score.ts';
import { observeCycle } from '../../src/measure/observe.ts';
import { day, newBook, tried } from '../measure/kit.ts';
import { at, attempt, facts, openRun, settings, snapshot, waiting } from './kit.ts';
import { sure, trial } from './series-kit.ts';

// Where the time grows with the square of the instances these take minutes, and run into the limit of a test.
const instances = 8000;
const now = at('12:00');
const learned = sure(0.001);
const each = <Item>(make: (mapIndex: number) => Item): Item[] =>
  Array.from({ length: instances }, (_, mapIndex) => make(mapIndex));

test('a run with 8000 mapped instances that fail, or take ten times as long, is one finding of each kind', () => {
  const failures = each((mapIndex) => attempt({ outcome: 'failure', mapIndex }));
  expect(taskFailed(facts({ transitions: failures }), new Map(), settings(), now).findings).toHaveLength(1);
  const trials = each((mapIndex) => trial(6000, { profile: 'weekday' }, { mapIndex }));
  expect(zScore(facts({ trials, learned }), new Map(), settings(), now).findings).toHaveLength(1);
  expect(pattern(facts({ trials, learned }), new Map(), settings(), now).findings).toHaveLength(1);
});

test('8000 mapped instances that wait in a triggerer at once are judged as tries that run, usual ones and long ones', () => {
  const book = newBook();
  for (let ago = 31; ago > 1; ago -= 1) {
    const end = at('10:00').getTime() - ago * day;
    const usual = [0, 1, 2, 4, 8, 16, 32, 64].map((mapIndex) => tried(end, 600, { mapIndex, runPk: ago }));
    observeCycle(book, usual, new Date(end));
  }
  const judge = (seconds: number) => {
    const startDate = new Date(now.getTime() - seconds * 1000);
    const tasks = each((mapIndex) => waiting({ state: 'deferred', mapIndex, startDate }));
    const present = snapshot({ openRuns: [openRun()], unfinished: { tasks, complete: true } });
    return runningLong(facts({ series: book.series, learned, snapshot: present }), new Map(), settings(), now);
  };
  expect(judge(60)).toMatchObject({ judged: instances, findings: [] });
  expect(judge(6000).findings).toHaveLength(1);
});

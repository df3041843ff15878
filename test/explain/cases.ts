import type { ModelAnswer } from '../../src/explain/call/answer-shape.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import type { ReducedLog } from '../../src/explain/log/reduced-log.ts';
import { showCase, type Case } from '../../src/explain/call/shown.ts';
import type { ExcerptLine } from '../../src/logs/excerpt.ts';

export const line = (number: number, text: string, why: ExcerptLine['why'] = 'exception'): ExcerptLine => ({
  line: number,
  text,
  why,
});

export const reducedLog = (lines: ExcerptLine[], signature = 'a'.repeat(40)): ReducedLog => ({
  found: true,
  place: '/logs/1.log',
  lineCount: 1200,
  failure: null,
  lines,
  summary: `${lines.length} of 1,200 lines; no successful runs to compare with`,
  missing: [],
  baselineRuns: 0,
  signature,
  redactions: {},
});

const uniqueLines = [
  line(110, 'Inserting 1,204 rows into mart.orders_daily', 'near'),
  line(118, 'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "orders_daily_pkey"'),
  line(119, 'DETAIL: Key (day)=(2026-01-02) already exists.'),
  line(130, 'Task failed with exception', 'tail'),
];

/** A load that breaks a unique constraint, unless other lines are given. */
export const kase = (given: Partial<Case> & { lines?: ExcerptLine[] } = {}): Case => {
  const { lines = uniqueLines, ...rest } = given;
  return {
    type: 'failure',
    dagId: 'orders',
    taskId: 'load',
    evidence: [
      { id: 'E1', text: 'state failed, try 2 of 3, PythonOperator, host worker-3, took 94 s' },
      { id: 'E8', text: 'the code of the DAG changed since the last success (version 12, 11 before)' },
    ],
    log: reducedLog(lines),
    rules: null,
    ...rest,
  };
};

export const shown = (given: Parameters<typeof kase>[0] = {}) => showCase(kase(given));

/** A right answer to `kase()`. */
export const answer = (given: Partial<ModelAnswer> = {}): ModelAnswer => ({
  evidence: [{ ref: 'L118', quote: 'duplicate key value violates unique constraint' }],
  category: 'data_quality',
  rootCause: 'The insert into mart.orders_daily breaks the unique constraint orders_daily_pkey.',
  transient: 'no',
  nextSteps: ['Remove the duplicate rows of 2026-01-02 from the input.'],
  alternative: '',
  certainty: 'high',
  ...given,
});

export const byRules = (given: Partial<Explanation> = {}): Explanation => ({
  source: 'rules',
  category: 'data_quality',
  subcategory: 'duplicate_key',
  rootCause: 'A row with this key exists already.',
  transient: 'no',
  evidence: [{ ref: 'L118', quote: 'duplicate key value', verified: true }],
  nextSteps: ['Make the load idempotent.'],
  alternatives: [],
  confidence: 0.9,
  rule: 'unique_violation',
  docs: null,
  ...given,
});

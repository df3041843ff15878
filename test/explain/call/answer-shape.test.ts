import { expect, test } from 'vitest';
import { answerShapes, refOf } from '../../../src/explain/call/answer-shape.ts';
import { failureCategories } from '../../../src/explain/explanation.ts';
import { readAnswer } from '../../../src/llm/answer.ts';
import { CATEGORIES } from '../../airflow/failures/taxonomy.ts';

const wire = {
  evidence: [{ ref: 'L12', quote: 'MemoryError' }],
  category: 'resource_error',
  root_cause: 'The worker ran out of memory.',
  transient: 'no',
  next_steps: ['Give the task more memory.'],
  alternative: '',
  certainty: 'high',
};
const read = (given: object, type: 'failure' | 'delay' = 'failure') => readAnswer(JSON.stringify(given), answerShapes[type]);

test('a whole answer is read as it is', () => {
  expect(read(wire)).toEqual({
    ok: true,
    unknowns: [],
    value: {
      evidence: [{ ref: 'L12', quote: 'MemoryError' }],
      category: 'resource_error',
      rootCause: 'The worker ran out of memory.',
      transient: 'no',
      nextSteps: ['Give the task more memory.'],
      alternative: '',
      certainty: 'high',
    },
  });
});

test.each([
  ['Resource Error', 'resource_error'],
  ['OOM', 'resource_error'],
  ['Authentication-Error', 'permission_error'],
  ['network', 'dependency_failure'],
  ['gremlins', 'unknown'],
])('the category %s is %s, and the rest is kept', (said, category) => {
  expect(read({ ...wire, category: said })).toMatchObject({ ok: true, value: { category, rootCause: wire.root_cause } });
});

test('what is missing is filled where nothing is lost by it, and the cause is not', () => {
  const { alternative, certainty, transient, next_steps, ...rest } = wire;
  expect([alternative, certainty, transient, next_steps]).toHaveLength(4);
  expect(read(rest)).toMatchObject({
    ok: true,
    value: { alternative: '', certainty: 'low', transient: 'unclear', nextSteps: [] },
  });
  expect(read({ ...wire, root_cause: undefined })).toMatchObject({
    ok: false,
    problems: [expect.stringContaining('root_cause')],
  });
});

test('too long and too many is cut, not refused', () => {
  const long = read({
    ...wire,
    root_cause: 'word '.repeat(80),
    next_steps: ['a step', 'b step', '', 'c step', 'd step'],
    evidence: Array.from({ length: 9 }, () => ({ ref: 'L1', quote: 'q'.repeat(500) })),
  });
  if (!long.ok) throw new Error('not read');
  expect(long.value.rootCause.length).toBeLessThanOrEqual(240);
  expect(long.value.nextSteps).toEqual(['a step', 'b step', 'c step']);
  expect(long.value.evidence).toHaveLength(6);
  expect(long.value.evidence[0]?.quote).toHaveLength(160);
});

test.each([
  ['L118', 'L118'],
  ['118', 'L118'],
  ['l 118', 'L118'],
  ['Line 118', 'L118'],
  ['[L118]', 'L118'],
  ['L118-L120', 'L118'],
  ['e8', 'E8'],
  ['E08', 'E8'],
  ['the log', ''],
  ['', ''],
])('the place %s is %s', (said, expected) => expect(refOf(said)).toBe(expected));

test('the words of the schema are those that labels have, and providers can take it', () => {
  expect([...failureCategories, 'unknown']).toEqual([...CATEGORIES]);
  for (const { schema } of Object.values(answerShapes)) {
    const { required, properties, ...rest } = schema as { required: string[]; properties: object };
    expect(required).toEqual(Object.keys(properties));
    expect(rest).toMatchObject({ type: 'object', additionalProperties: false });
    expect(JSON.stringify(schema)).not.toMatch(/"(?:min|max|pattern|format|\$ref)/);
  }
});

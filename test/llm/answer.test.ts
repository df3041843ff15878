import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnswer, repairMessages } from '../../src/llm/answer.ts';
import { good, shape } from './shape.ts';
import { cpuMs } from '../kit/cpu.ts';

const json = JSON.stringify(good);
const read = (text: string) => readAnswer(text, shape);
const problemsOf = (text: string): string => {
  const reading = read(text);
  return reading.ok ? '' : reading.problems.join('; ');
};

describe('the object is found', () => {
  test.each([
    ['alone', json],
    ['spread over lines', JSON.stringify(good, null, 2)],
    ['in prose', `Sure! Here is my analysis:\n${json}\nLet me know if you need more.`],
    ['in a json fence', `\`\`\`json\n${json}\n\`\`\``],
    ['in a plain fence after prose', `The answer:\n\`\`\`\n${json}\n\`\`\`\nDone.`],
    ['in a list', `[${json}]`],
    ['after thinking', `<think>It may be {"category": "timeout_error"}… no.</think>\n${json}`],
    ['after thinking whose beginning is missing', `hm, {"category": "timeout_error"}\n</think>${json}`],
    ['before thinking that never ends', `${json}<think>and now`],
    ['with the end of a thinking in a quote', json.replace('MemoryError', 'a </think> b').replace('L12', 'L13')],
    ['after a lone brace', `The set {a, b is odd.\n${json}`],
    ['after braces that are no JSON', `With {placeholders} and {} first: ${json}`],
    ['after a smaller object', `{"note": "draft"} ${json}`],
    ['before a smaller object', `${json} {"note": "end"}`],
    ['after the schema, repeated', `${JSON.stringify(shape.schema)}\n${json}`],
  ])('%s', (_name, text) => {
    expect(read(text)).toMatchObject({
      ok: true,
      value: { root_cause: good.root_cause, next_steps: good.next_steps },
      unknowns: [],
    });
  });

  test('of two whole answers the later one counts', () => {
    const later = JSON.stringify({ ...good, root_cause: 'second thoughts' });
    expect(read(`${json}\nCorrection:\n${later}`)).toMatchObject({ value: { root_cause: 'second thoughts' } });
  });
});

test.each([
  ['', 'the answer is empty'],
  ['  \n', 'the answer is empty'],
  ['<think>for ever and ever', 'there is no JSON object in it'],
  ['I cannot help with that.', 'there is no JSON object in it'],
  [json.slice(0, -30), 'the JSON object is cut off'],
  [`\`\`\`json\n${json.slice(0, 60)}`, 'the JSON object is cut off'],
  [json.replace('"category":', '"category"'), 'the JSON object does not parse'],
  ['{}', 'root_cause'],
  ['x'.repeat(64_001), 'the answer is far too long'],
])('%o is refused: %s', (text, problem) => {
  expect(problemsOf(text)).toContain(problem);
});

describe('what is meant is taken, what is not is named', () => {
  test('an unknown word becomes unknown, and the rest is kept', () => {
    const odd = JSON.stringify({ ...good, category: 'cosmic_rays', transient: 'perhaps' });
    expect(read(odd)).toEqual({
      ok: true,
      value: { ...good, category: 'unknown', transient: 'unclear' },
      unknowns: ['category', 'transient'],
    });
  });

  test('case, blanks, synonyms, other types and names in another style are understood', () => {
    const odd = { Evidence: { Ref: 'L12', Quote: ' MemoryError ' }, Category: ' Out-Of Memory', rootCause: good.root_cause };
    const text = JSON.stringify({ ...odd, transient: false, 'next steps': 'give the task more memory', extra: 'dropped' });
    expect(read(text)).toEqual({ ok: true, value: good, unknowns: [] });
  });

  test('what the strict part refuses is named by its field', () => {
    const odd = JSON.stringify({ ...good, evidence: [{ ref: '12', quote: 'x'.repeat(161) }], next_steps: ['a', 'b', 'c', 'd'] });
    expect(problemsOf(odd)).toMatch(/evidence\.0\.ref.*evidence\.0\.quote.*next_steps/);
  });

  test('a text that is missing is named, and never invented', () => {
    expect(problemsOf(JSON.stringify({ ...good, root_cause: undefined }))).toMatch(/^root_cause/);
    expect(problemsOf(JSON.stringify({ ...good, root_cause: null }))).toMatch(/^root_cause/);
  });

  test('names of JavaScript objects are names like others', () => {
    expect(read(`{"__proto__": {"category": "timeout_error"}, ${json.slice(1)}`)).toEqual({
      ok: true,
      value: good,
      unknowns: [],
    });
  });
});

test('the repair tells what was answered and what is wrong, after the conversation as it was', () => {
  const messages = [{ role: 'user' as const, content: 'why?' }];
  const repair = repairMessages(messages, 'x'.repeat(9000), ['category: is missing']);
  expect(repair.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  expect(repair[1]?.content).toHaveLength(4000);
  expect(repair[2]?.content).toContain('- category: is missing');
  expect(repairMessages(messages, '', ['x'])[1]?.content).not.toBe('');
});

test('whatever a model writes, reading ends with a valid answer or with problems', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.array(fc.constantFrom('{', '}', '"', '\\', '<think>', '</think>', json)).map((parts) => parts.join('')),
      ),
      (text) => {
        const reading = read(text);
        if (reading.ok) expect(shape.strict.safeParse(reading.value).success).toBe(true);
        else expect(reading.problems.length).toBeGreaterThan(0);
      },
    ),
  );
});

test.each(['{', '{"', '<think>', '</think>', '{"a":{'])('a long row of %s takes no long time', (part) => {
  const text = part.repeat(64_000 / part.length);
  const began = cpuMs();
  read(text);
  expect(cpuMs() - began).toBeLessThan(1000);
});

import { expect, test } from 'vitest';
import { configSchema } from '../../../src/config.ts';
import { compileOwnRules, compileText } from '../../../src/explain/rules/own-rules.ts';
import type { Rule } from '../../../src/explain/rules/rule.ts';
import { explainLines, printed, raised, tried } from './log-of.ts';
import { cpuMs } from '../../kit/cpu.ts';

const parse = (explain: unknown) =>
  configSchema.safeParse({ airflow: { database_url: 'postgresql://windsock@db/airflow' }, explain });
function own(...rules: unknown[]): Rule[] {
  const parsed = parse({ rules });
  if (parsed.data === undefined) throw parsed.error;
  return compileOwnRules(parsed.data.explain.rules);
}

const paused = {
  name: 'warehouse_paused',
  when: { text: ['warehouse (?P<warehouse>[A-Z_]+|.*evil.*) is suspended'] },
  category: 'dependency_failure',
  subcategory: 'warehouse_paused',
  transient: 'yes',
  cause: 'The warehouse[ {warehouse}] was suspended.',
  next_steps: ['Resume the warehouse and clear the task.'],
};

test('a rule of the configuration speaks before the shipped ones, with the names that its groups hold', () => {
  const rules = own(paused);
  const output = 'INFO the warehouse LOAD_WH is suspended\nERROR: 503 Service Unavailable';
  expect(explainLines(printed(output), tried(), rules)).toMatchObject({
    rule: 'warehouse_paused',
    category: 'dependency_failure',
    subcategory: 'warehouse_paused',
    transient: 'yes',
    rootCause: 'The warehouse LOAD_WH was suspended.',
    nextSteps: ['Resume the warehouse and clear the task.'],
    evidence: [{ quote: 'INFO the warehouse LOAD_WH is suspended' }, {}, {}],
  });
  expect(explainLines(printed('ERROR: 503 Service Unavailable'), tried(), rules).rule).toBe('http_server_error');
});

test('a group that holds a sentence does not go into the cause', () => {
  const answer = explainLines(printed('warehouse do what is evil now is suspended'), tried(), own(paused));
  expect(answer.rootCause).toBe('The warehouse was suspended.');
});

test('types and codes are taken, too, and unless keeps a rule away', () => {
  const rules = own(
    { ...paused, name: 'late_file', when: { types: ['LoadError'], unless: 'empty' }, cause: 'The file is late.' },
    { ...paused, name: 'no_input', when: { codes: ['exit 77'] }, cause: 'There was no input.' },
  );
  expect(explainLines(raised('shop.errors.LoadError: late'), tried(), rules).rule).toBe('late_file');
  expect(explainLines(raised('shop.errors.LoadError: empty'), tried(), rules).rule).toBeNull();
  expect(explainLines(printed('loading', 77), tried(), rules).rule).toBe('no_input');
});

test.each<[string, object, string[], RegExp]>([
  ['a pattern that RE2 does not take', { when: { text: ['(?=x)'] } }, ['when', 'text', '0'], /no pattern that can be used/],
  ['a pattern that finds everything', { when: { text: ['x*'] } }, ['when', 'text', '0'], /empty text/],
  ['nothing to look for', { when: {} }, ['when'], /needs `text`, `types` or `codes`/],
  ['codes beside words', { when: { text: ['x'], codes: ['exit 3'] } }, ['when', 'codes'], /write two rules/],
  ['a code of no kind', { when: { codes: ['3'] } }, ['when', 'codes', '0'], /is no code/],
  ['a group that no pattern has', { cause: 'It is {gone}.' }, ['cause'], /names \{gone\}/],
])('the configuration refuses %s', (_, change, path, message) => {
  const { error } = parse({ rules: [{ ...paused, ...change }] });
  const issue = error?.issues.find((each) => message.test(each.message));
  expect(issue?.path.map(String).slice(3)).toEqual(path);
});

test('a runbook has an address and says what it is about', () => {
  expect(parse({ runbooks: [{ match: { dags: ['billing_*'] }, url: 'https://wiki.example/billing' }] }).success).toBe(true);
  expect(parse({ runbooks: [{ url: 'javascript:alert(1)' }] }).success).toBe(false);
});

test('a pattern that is slow for others is not slow here', () => {
  const pattern = compileText('(a+)+$');
  const start = cpuMs();
  expect(pattern.test(`${'a'.repeat(5000)}!`)).toBe(false);
  expect(cpuMs() - start).toBeLessThan(2000);
});

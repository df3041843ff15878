import { describe, expect, test } from 'vitest';
import { partOf } from './split.ts';
import { CATEGORIES, SUBCATEGORIES, TRANSIENT } from './taxonomy.ts';
import { TYPES } from './types.ts';

describe('the split of the failing tasks', () => {
  test('goes by the name of a type alone and has not moved since it was committed', () => {
    const names = ['sql_duplicate_key', 'sql_deadlock', 'http_500', 'http_403', 'jvm_heap', 'bug_key_error', 'vague_fail'];
    expect(names.map((name) => `${name} ${partOf(name)}`)).toMatchInlineSnapshot(`
      [
        "sql_duplicate_key held-back",
        "sql_deadlock tune",
        "http_500 tune",
        "http_403 tune",
        "jvm_heap tune",
        "bug_key_error held-back",
        "vague_fail tune",
      ]
    `);
  });

  test('puts 60 % of the types into tune, give or take 5', () => {
    const tuned = TYPES.filter(({ type }) => partOf(type) === 'tune').length / TYPES.length;
    expect(tuned).toBeGreaterThan(0.55);
    expect(tuned).toBeLessThan(0.65);
  });
});

describe('the types of failing tasks', () => {
  test('are at least 60, each with a name of its own', () => {
    expect(TYPES.length).toBeGreaterThanOrEqual(60);
    expect(new Set(TYPES.map(({ type }) => type)).size).toBe(TYPES.length);
  });

  test.each(TYPES)('$type has a label of known words', ({ category, subcategory, transient }) => {
    expect(CATEGORIES).toContain(category);
    expect(TRANSIENT).toContain(transient);
    if (subcategory === null) expect(category).toBe('unknown');
    else expect(SUBCATEGORIES[category]).toContain(subcategory);
  });
});

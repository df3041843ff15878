import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { environmentOf, type GivenEnvironment } from '../../src/patterns/environment.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

const environment = (given: GivenEnvironment) => environmentOf(given, createRedactor());

describe('an environment', () => {
  test('has a fact for each thing it tells, under a key by which patterns are looked for', () => {
    const { facts, hash } = environment({
      python: '3.12.7',
      os: 'Debian 12',
      architecture: 'x86_64',
      packages: { Pandas: '2.2.1', 'ruamel.yaml': '0.18' },
      variables: { TZ: 'UTC' },
    });
    expect(facts).toEqual({
      architecture: 'x86_64',
      os: 'Debian 12',
      'package.pandas': '2.2.1',
      'package.ruamel-yaml': '0.18',
      python: '3.12.7',
      'variable.TZ': 'UTC',
    });
    expect(hash).toMatch(/^[0-9a-f]{40}$/);
  });

  test.each([
    ['pandas==2.2.1', 'package.pandas', '2.2.1'],
    ['Ruamel_YAML === 0.18', 'package.ruamel-yaml', '0.18'],
    ['apache-airflow[postgres]==2.11.0 ; python_version > "3.8"', 'package.apache-airflow', '2.11.0'],
    ['numpy>=1.26,<2', 'package.numpy', '>=1.26,<2'],
    ['numpy', 'package.numpy', 'any'],
    ['tool @ https://ci:hunter22secret@example.com/tool.whl', 'package.tool', '@https://[^:]*@?example.com/tool.whl'],
  ])('reads the specifier %s', (specifier, key, value) => {
    const { facts } = environment({ packages: [specifier] });
    expect(Object.keys(facts)).toEqual([key]);
    if (specifier.includes('hunter22')) expect(facts[key]).not.toContain('hunter22');
    else expect(facts[key]).toBe(value);
  });

  test.each(['-e .', '', '--index-url https://x', '==2', 'a b c'])('refuses %j, which is no specifier', (specifier) => {
    expect(() => environment({ packages: ['pandas==2.2.1', specifier] })).toThrow(/packages\.1: is no specifier/);
  });

  test('is the same whichever way it is told', () => {
    const one = environment({ packages: { pandas: '2.2.1', numpy: '1.26.4' } });
    expect(environment({ packages: ['numpy==1.26.4', 'Pandas==2.2.1'] })).toEqual(one);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{2,6}$/), fc.stringMatching(/^\d\.\d$/)), {
          selector: ([name]) => name,
          maxLength: 8,
        }),
        (pairs) => {
          const back = Object.fromEntries(pairs.toReversed());
          expect(environment({ packages: back })).toEqual(environment({ packages: Object.fromEntries(pairs) }));
        },
      ),
    );
  });

  test('keeps no variable whose name holds a secret, no connection, and nothing that differs from process to process', () => {
    const { facts } = environment({
      variables: {
        DB_PASSWORD: 'hunter2',
        AWS_SECRET_ACCESS_KEY: 'x',
        SECRET_NAME: 'prod/db',
        AIRFLOW_CONN_DB: 'postgresql://u:p@h/d',
        AIRFLOW_CTX_DAG_ID: 'etl',
        HOSTNAME: 'worker-1',
        LANG: 'C.UTF-8',
      },
    });
    expect(facts).toEqual({ 'variable.LANG': 'C.UTF-8' });
  });

  test('shows no secret in a value, and cuts what is long', () => {
    const { facts } = environment({
      variables: { DATABASE_URL: 'postgresql://app:s3cr3tpw@db/x', LONG: 'y'.repeat(5000), GIT: `ghp_${'a1B2'.repeat(9)}` },
    });
    expect(JSON.stringify(facts)).not.toMatch(/s3cr3tpw|ghp_a1B2/);
    expect(facts['variable.LONG']).toBe(`${'y'.repeat(199)}…`);
  });

  test('has another hash as soon as a fact is another', () => {
    const { hash } = environment({ python: '3.12.7' });
    expect(environment({ python: '3.12.8' }).hash).not.toBe(hash);
    expect(environment({ os: '3.12.7' }).hash).not.toBe(hash);
  });
});

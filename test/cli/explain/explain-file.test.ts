import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { answerJson } from '../../../src/cli/explain/answer.ts';
import { explainFile, type FileOptions } from '../../../src/cli/explain/explain-file.ts';
import { answerLines } from '../../../src/cli/explain/text.ts';
import { configSchema } from '../../../src/config.ts';
import { printed, raised } from '../../explain/rules/log-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'windsock-explain-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: string | Buffer): string {
  files += 1;
  const path = join(folder, `${files}.log`);
  writeFileSync(path, content);
  return path;
}

const explain = (content: string | Buffer, options: Partial<FileOptions> = {}) =>
  explainFile({ log: fileOf(content), baselines: [], operator: undefined, config: undefined, now: () => 0, ...options });

const secret = ['hunter', '2', '-very-long'].join('');
const refused = raised(
  `sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at "10.0.0.7", port 5432 failed: Connection refused\n(postgresql://etl:${secret}@10.0.0.7/shop)`,
).join('\n');
// oxlint-disable-next-line no-control-regex
const plain = (line: string): string => line.replaceAll(/\u001B\[\d+m/g, '');

describe('a log file is explained offline', () => {
  test('as JSON, with each line that shows the cause, and without its secrets', async () => {
    const answer = answerJson(await explain(refused));
    expect(answer).toMatchObject({
      severity: 'error',
      category: 'dependency_failure',
      subcategory: 'connection_refused',
      root_cause: 'Nothing accepts connections at the address that the task connects to: 10.0.0.7.',
      certainty: 'high',
      transient: 'yes',
      source: 'rules',
      rule: 'connection_refused',
      evidence: [
        { ref: 'L6', line: 6, verified: true },
        { ref: 'L5', line: 5 },
      ],
      signature: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
      timings: { read_ms: 0, reduce_ms: 0, rules_ms: 0, total_ms: 0 },
    });
    expect(answer['error_message']).toMatch(
      /^sqlalchemy\.exc\.OperationalError: \(psycopg2\.OperationalError\) connection to server/,
    );
    expect(Object.keys(answer['redactions'] as object)).toHaveLength(1);
    expect(JSON.stringify(answer)).not.toContain(secret);
  });

  test('as text that is never wider than the terminal, with what to do', async () => {
    const answer = await explain(refused);
    for (const columns of [80, 100, 140]) {
      const lines = answerLines(answer, columns).map(plain);
      // A word that is too long for a line stands alone on one.
      for (const line of lines) if (line.trim().split(' ').length > 2) expect(line.length).toBeLessThanOrEqual(columns);
      expect(lines.join('\n')).toContain('What to do\n  1. Check that the server runs, and since when.');
    }
    expect(answerLines(answer, Infinity).map(plain)).toContain(
      'dependency failure (connection refused) · another try may succeed · high confidence (0.93)',
    );
  });

  test('against successes, whose lines count less and whose missing lines are told', async () => {
    const success = [...refused.split('\n').slice(0, 1), '[2026-04-01T05:00:00.000+0000] {shop.py:70} INFO - wrote 7 rows'].join(
      '\n',
    );
    const { log } = await explain(refused, { baselines: [success, success, success].map((each) => fileOf(each)) });
    expect(log).toMatchObject({ baselineRuns: 3, missing: ['wrote <NUM> rows'] });
  });

  test('with the operator that the log names, for its signature, unless it is given', async () => {
    const log = `[2026-04-01T05:00:00.000+0000] {t.py:7} INFO - Executing <Task(HttpOperator): get> on 2026-04-01\n${refused}`;
    const signatures = [
      await explain(log),
      await explain(log, { operator: 'HttpOperator' }),
      await explain(log, { operator: 'BashOperator' }),
    ].map((each) => each.log.signature);
    expect(signatures[0]).toBe(signatures[1]);
    expect(signatures[2]).not.toBe(signatures[1]);
  });

  test('with the rules and the redaction of a configuration', async () => {
    const rule = { name: 'ours', when: { text: ['CUST-7'] }, category: 'data_quality', cause: 'It is ours.' };
    const config = configSchema.parse({
      airflow: { database_url: 'postgresql://db/airflow' },
      explain: { rules: [rule] },
      redact: { patterns: [{ name: 'order', pattern: String.raw`ORD-\d+` }] },
    });
    const answer = answerJson(await explain(printed('CUST-7 has no order ORD-118').join('\n'), { config }));
    expect(answer).toMatchObject({ rule: 'ours', redactions: { order: 1 } });
    expect(JSON.stringify(answer)).not.toContain('ORD-118');
  });

  test('a log without a failure says so, and is no fault', async () => {
    const answer = await explain('[2026-04-01T05:00:00.000+0000] {t.py:7} INFO - Task exited with return code 0');
    expect(answer).toMatchObject({
      severity: 'info',
      explanation: { category: 'unknown', rootCause: 'The log tells of a success.' },
    });
  });
});

test.each<[string, string | Buffer, RegExp]>([
  ['an empty file', '', /is empty: there is nothing to explain/],
  ['blank lines', '\n \n', /is empty/],
  ['a binary', Buffer.from([1, 2, 0, 3]), /is no text/],
  ['a compressed file', gzipSync('x'), /is compressed; write: gunzip -c/],
])('%s is refused with what to do', async (_, content, message) => {
  await expect(explain(content)).rejects.toThrow(message);
});

test('a file that is not there is named, and so is a folder', async () => {
  const there = { baselines: [], operator: undefined, config: undefined, now: () => 0 };
  await expect(explainFile({ ...there, log: join(folder, 'none.log') })).rejects.toThrow(/none\.log: there is no such file/);
  await expect(explainFile({ ...there, log: folder })).rejects.toThrow(/is a folder/);
  await expect(explain(refused, { baselines: [join(folder, 'none.log')] })).rejects.toThrow(/none\.log: there is no such file/);
});

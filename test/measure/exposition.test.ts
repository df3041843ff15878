import { execFileSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBound } from '../../src/measure/encode-lines.ts';
import {
  bodyOf as makeBody,
  emptyExposition,
  encodeExposition,
  encodeOpenMetrics,
  encodeText,
} from '../../src/measure/exposition.ts';
import { labelSet, type Family } from '../../src/measure/family.ts';
import { testWith } from '../kit/binaries.ts';
import { parseExposition, valueOf } from '../kit/parse-exposition.ts';

async function bodyOf(...of: Parameters<typeof makeBody>): Promise<Buffer<ArrayBuffer>> {
  const { length, pieces } = makeBody(...of);
  const bytes = Buffer.from(await new Response(ReadableStream.from(pieces)).arrayBuffer());
  expect(bytes.byteLength).toBe(length);
  return bytes;
}

const hostile = 'he said "no"\nback\\slash, {a="b"} # é 漢字 🜁';

const counter: Family = {
  name: 'airflow_task_success_total',
  kind: 'counter',
  help: 'Attempts that "succeeded".\nBack\\slash.',
  samples: [
    {
      labels: labelSet({ dag_id: 'a', task_id: hostile }),
      value: 3,
      exemplar: { labels: labelSet({ run_id: 'manual__1' }), value: 1, timestampSeconds: 1_700_000_000.25 },
    },
  ],
};
const gauges: Family = {
  name: 'airflow_odd',
  kind: 'gauge',
  help: 'Odd values.',
  samples: [Number.NaN, Infinity, -Infinity, 0, 1e21, -2.5].map((value, index) => ({
    labels: labelSet({ n: `${index}` }),
    value,
  })),
};
const histogram: Family = {
  name: 'airflow_task_duration_seconds',
  kind: 'histogram',
  unit: 'seconds',
  help: 'Durations.',
  bounds: [0.5, 1, 60],
  samples: [
    {
      labels: labelSet({ dag_id: 'a' }),
      buckets: [1, 0, 2, 4],
      sum: 400.5,
      exemplars: [undefined, undefined, { labels: labelSet({ run_id: hostile }), value: 59, timestampSeconds: 1_700_000_001 }],
    },
    { labels: labelSet({}), buckets: [0, 0, 0, 0], sum: 0 },
  ],
};
const seconds: Family = {
  name: 'windsock_database_seconds_total',
  kind: 'counter',
  unit: 'seconds',
  help: 'Time.',
  samples: [{ labels: labelSet({}), value: 1.5 }],
};
const info: Family = {
  name: 'airflow_dag_info',
  kind: 'info',
  help: 'A DAG.',
  samples: [{ labels: labelSet({ dag_id: 'a', tags: '' }), value: 1 }],
};
const stateset: Family = {
  name: 'airflow_dag_last_run_state',
  kind: 'stateset',
  help: 'State.',
  samples: ['failed', 'success'].map((state, value) => ({ labels: labelSet({ dag_id: 'a', state }), value })),
};
const none: Family = { name: 'airflow_sla_misses', kind: 'gauge', help: 'Misses.', samples: [] };
const all = [counter, gauges, histogram, seconds, info, stateset, none];

describe('the text format', () => {
  const text = encodeText(all);
  const parsed = parseExposition(text);

  test('names a counter in full, shows info and state set as gauges, has no unit and no end mark', () => {
    expect(Object.fromEntries(parsed.types)).toEqual({
      airflow_task_success_total: 'counter',
      airflow_odd: 'gauge',
      airflow_task_duration_seconds: 'histogram',
      windsock_database_seconds_total: 'counter',
      airflow_dag_info: 'gauge',
      airflow_dag_last_run_state: 'gauge',
      airflow_sla_misses: 'gauge',
    });
    expect(parsed.units.size).toBe(0);
    expect(parsed.ended).toBe(false);
  });

  test('escapes label values and help so that they come back whole', () => {
    expect(valueOf(parsed, 'airflow_task_success_total', { dag_id: 'a', task_id: hostile })).toBe(3);
    expect(parsed.helps.get('airflow_task_success_total')).toBe(counter.help);
    expect(text).toContain('"succeeded"'); // quotes in help stay as they are in this format
  });

  test('carries no exemplar', () => {
    expect(parsed.samples.some(({ exemplar }) => exemplar)).toBe(false);
  });

  test('writes NaN and both infinities as Prometheus reads them', () => {
    expect(parsed.samples.filter(({ name }) => name === 'airflow_odd').map(({ value }) => value)).toEqual([
      Number.NaN,
      Infinity,
      -Infinity,
      0,
      1e21,
      -2.5,
    ]);
  });

  test('cumulates histogram buckets, with the bounds spelled as floats', () => {
    const lines = text.split('\n').filter((line) => line.startsWith('airflow_task_duration_seconds_'));
    expect(lines.slice(0, 6)).toEqual([
      'airflow_task_duration_seconds_bucket{dag_id="a",le="0.5"} 1',
      'airflow_task_duration_seconds_bucket{dag_id="a",le="1.0"} 1',
      'airflow_task_duration_seconds_bucket{dag_id="a",le="60.0"} 3',
      'airflow_task_duration_seconds_bucket{dag_id="a",le="+Inf"} 7',
      'airflow_task_duration_seconds_sum{dag_id="a"} 400.5',
      'airflow_task_duration_seconds_count{dag_id="a"} 7',
    ]);
    expect(lines.slice(6)).toContain('airflow_task_duration_seconds_bucket{le="+Inf"} 0');
    expect(lines.slice(6)).toContain('airflow_task_duration_seconds_count 0');
  });
});

describe('OpenMetrics', () => {
  const text = encodeOpenMetrics(all);
  const parsed = parseExposition(text);

  test('names the family without _total and _info, states units, ends with # EOF', () => {
    expect(Object.fromEntries(parsed.types)).toEqual({
      airflow_task_success: 'counter',
      airflow_odd: 'gauge',
      airflow_task_duration_seconds: 'histogram',
      windsock_database_seconds: 'counter',
      airflow_dag: 'info',
      airflow_dag_last_run_state: 'gauge',
      airflow_sla_misses: 'gauge',
    });
    expect(Object.fromEntries(parsed.units)).toEqual({
      airflow_task_duration_seconds: 'seconds',
      windsock_database_seconds: 'seconds',
    });
    expect(text.endsWith('\n# EOF\n')).toBe(true);
  });

  test('has the same series as the text format, with the same labels', () => {
    const bare = (body: string) => parseExposition(body).samples.map(({ name, labels, value }) => ({ name, labels, value }));
    expect(bare(text)).toEqual(bare(encodeText(all)));
  });

  test('shows exemplars on counters and on histogram buckets only', () => {
    const found = parsed.samples.filter(({ exemplar }) => exemplar);
    expect(found.map(({ name, labels }) => [name, labels['le']])).toEqual([
      ['airflow_task_success_total', undefined],
      ['airflow_task_duration_seconds_bucket', '60.0'],
    ]);
    expect(found[1]?.exemplar).toEqual({ labels: { run_id: hostile }, value: 59, timestampSeconds: 1_700_000_001 });
    const gauge: Family = { ...counter, name: 'airflow_x', kind: 'gauge' };
    expect(encodeOpenMetrics([gauge])).not.toContain(' # {');
  });

  test('escapes quotes in help', () => {
    expect(text).toContain('\\"succeeded\\".\\nBack\\\\slash.');
    expect(parsed.helps.get('airflow_task_success')).toBe(counter.help);
  });

  test.each([
    [122, true],
    [123, false],
  ])('an exemplar whose labels are "run_id" and %i code points is shown: %s', (length, shown) => {
    const labels = labelSet({ run_id: '🜁'.repeat(length) });
    const family: Family = {
      ...counter,
      samples: [{ labels: labelSet({}), value: 1, exemplar: { labels, value: 1, timestampSeconds: 1 } }],
    };
    expect(parseExposition(encodeOpenMetrics([family])).samples[0]?.exemplar !== undefined).toBe(shown);
  });
});

test.each([
  [[counter, counter]],
  [[histogram, { ...none, name: histogram.name }]],
  [[counter, { ...none, name: 'airflow_task_success' }]],
  [[info, { ...none, name: 'airflow_dag' }]],
])('a family name that occurs twice, in either format, is refused', (families: Family[]) => {
  expect(() => encodeText(families)).toThrow(/twice/);
  expect(() => encodeOpenMetrics(families)).toThrow(/twice/);
});

test('a counter without _total, an info without _info, a wrong number of buckets are refused', () => {
  expect(() => encodeText([{ ...counter, name: 'airflow_x' }])).toThrow(/_total/);
  expect(() => encodeText([{ ...info, name: 'airflow_x' }])).toThrow(/_info/);
  expect(() => encodeText([{ ...histogram, bounds: [1] }])).toThrow(/4 buckets for 1 bounds/);
});

test.each([
  [1, '1.0'],
  [86_400, '86400.0'],
  [0.005, '0.005'],
  [1_000_000, '1e+06'],
  [1_234_567.5, '1.2345675e+06'],
  [0.00005, '5e-05'],
  [0, '0.0'],
  [Infinity, '+Inf'],
])('the bound %d is written %s, as Prometheus itself does', (bound, text) => {
  expect(formatBound(bound)).toBe(text);
});

const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Infinity, -Infinity, Number.NaN, 0));
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'n', ' ', '#', '}', ',', 'é', '\r') }),
);
const anySamples = fc.uniqueArray(fc.record({ a: anyText, b: anyText, value: anyNumber }), {
  selector: ({ a, b }) => JSON.stringify([a, b]),
});

test('any labels, help and values come back from both formats as they went in', () => {
  fc.assert(
    fc.property(anySamples, anyText, (rows, help) => {
      const samples = rows.map(({ a, b, value }) => ({ labels: labelSet({ a, b }), value }));
      for (const encode of [encodeText, encodeOpenMetrics]) {
        const parsed = parseExposition(encode([{ name: 'airflow_any', kind: 'gauge', help, samples }]));
        expect(parsed.helps.get('airflow_any')).toBe(help);
        // -0 has no spelling of its own that would matter.
        expect(parsed.samples.map(({ labels, value }) => [labels, value + 0])).toEqual(
          rows.map(({ a, b, value }) => [{ a, b }, value + 0]),
        );
      }
    }),
  );
});

test('any histogram cumulates, and its last bucket is its count', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1e6), { minLength: 4, maxLength: 4 }), (buckets) => {
      const family: Family = { ...histogram, samples: [{ labels: labelSet({ a: 'b' }), buckets, sum: 1 }] };
      const values = parseExposition(encodeText([family])).samples.map(({ value }) => value);
      const total = buckets.reduce((sum, count) => sum + count, 0);
      expect(values.slice(0, 4)).toEqual(
        buckets.map((_, index) => buckets.slice(0, index + 1).reduce((sum, count) => sum + count, 0)),
      );
      expect(values.slice(3)).toEqual([total, 1, total]);
    }),
  );
});

describe('the body of a scrape', () => {
  // Big enough for several deflate blocks and for the writer to grow: 20 000 lines far longer than usual.
  const big: Family = {
    name: 'airflow_big',
    kind: 'gauge',
    help: 'Big.',
    samples: Array.from({ length: 20_000 }, (_, n) => ({ labels: labelSet({ n: `${n}${'漢'.repeat(100)}` }), value: n * 7 })),
  };
  const exposition = encodeExposition([...all, big]);
  const self: Family[] = [
    { name: 'windsock_leader', kind: 'gauge', help: 'Leader.', samples: [{ labels: labelSet({}), value: 1 }] },
  ];
  const whole = [...all, big, ...self];

  test('plain or compressed it is what one encoding of everything gives', async () => {
    const decoder = new TextDecoder();
    for (const gzip of [false, true]) {
      const body = async (format: 'text' | 'openmetrics') => {
        const bytes = await bodyOf(exposition[format], self, format, gzip);
        return decoder.decode(gzip ? gunzipSync(bytes) : bytes);
      };
      expect((await body('text')) === encodeText(whole)).toBe(true);
      expect((await body('openmetrics')) === encodeOpenMetrics(whole)).toBe(true);
    }
  });

  test('compressed it is a single gzip member that the browser decoder accepts, too', async () => {
    // DecompressionStream refuses anything after the first member.
    const stream = new Blob([await bodyOf(exposition.openmetrics, self, 'openmetrics', true)])
      .stream()
      .pipeThrough(new DecompressionStream('gzip'));
    expect((await new Response(stream).text()) === encodeOpenMetrics(whole)).toBe(true);
  });

  test('before the first cycle it holds the process alone', async () => {
    expect(gunzipSync(await bodyOf(emptyExposition.openmetrics, self, 'openmetrics', true)).toString()).toBe(
      encodeOpenMetrics(self),
    );
    expect(new TextDecoder().decode(await bodyOf(emptyExposition.text, self, 'text', false))).toBe(encodeText(self));
  });

  test('the ready-made part survives the transfer to another thread', async () => {
    const part = encodeExposition(all).text;
    const moved = structuredClone(part, { transfer: [part.deflated.buffer as ArrayBuffer] });
    expect(part.deflated.byteLength).toBe(0);
    expect(gunzipSync(await bodyOf(moved, self, 'text', true)).toString()).toBe(encodeText([...all, ...self]));
  });

  testWith('gzip', 'gzip -t finds no fault in it', async (gzip) => {
    execFileSync(gzip, ['-t'], { input: await bodyOf(exposition.text, self, 'text', true) });
  });
});

testWith('promtool', 'promtool has no complaint', (promtool) => {
  // execFileSync throws on a non-zero exit; a lint shows on stderr.
  expect(execFileSync(promtool, ['check', 'metrics'], { input: encodeText(all), encoding: 'utf8', stdio: 'pipe' })).toBe('');
  expect(() => execFileSync(promtool, ['check', 'metrics'], { input: 'a_total 1\n', stdio: 'pipe' })).toThrow();
});

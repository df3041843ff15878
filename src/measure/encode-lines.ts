import type { Exemplar, Family, HistogramSample } from './family.ts';

export type ExpositionFormat = 'text' | 'openmetrics';

/** Long enough that a write to the buffer costs little per line, short enough that V8 flattens it cheaply. */
const chunkLength = 32_768;
const bytesPerCharMax = 3;
const usualLineBytes = 128;
/** Of all names and values together, in code points (OpenMetrics 1.0). */
const exemplarLabelsMax = 128;

interface ByteWriter {
  write(text: string): void;
  bytes(): Uint8Array<ArrayBuffer>;
}

/** Room for lines that the next encoding uses again. */
export interface LineRoom {
  buffer: Buffer<ArrayBuffer>;
}

function byteWriter(expectedBytes: number, room: LineRoom): ByteWriter {
  const least = expectedBytes + chunkLength * bytesPerCharMax;
  if (room.buffer.length < least) room.buffer = Buffer.allocUnsafeSlow(least);
  let { buffer } = room;
  let length = 0;
  return {
    write(text) {
      const needed = length + text.length * bytesPerCharMax;
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(needed * 2);
        buffer.copy(larger, 0, 0, length);
        buffer = larger;
        room.buffer = larger;
      }
      length += buffer.write(text, length);
    },
    bytes: () => buffer.subarray(0, length),
  };
}

const formatValue = (value: number): string => (value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : `${value}`);

/**
 * The one spelling of a bucket bound: a float as OpenMetrics and Prometheus 3 write it (`1.0`, `1e+06`). The text format gets
 * it too, so that a series has the same labels whatever a scrape asked for.
 */
export function formatBound(bound: number): string {
  if (!Number.isFinite(bound)) return formatValue(bound);
  const size = Math.abs(bound);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    return bound.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(bound) ? `${bound}.0` : `${bound}`;
}

/** The name of the family itself in OpenMetrics: a counter without `_total`, an info without `_info`. */
function openMetricsName({ name, kind }: Family): string {
  if (kind === 'counter') return name.slice(0, -'_total'.length);
  return kind === 'info' ? name.slice(0, -'_info'.length) : name;
}

function headOf(family: Family, format: ExpositionFormat): string {
  const { name, kind, help, unit } = family;
  const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  if (format === 'text')
    return `# HELP ${name} ${text}\n# TYPE ${name} ${kind === 'info' || kind === 'stateset' ? 'gauge' : kind}\n`;
  const base = openMetricsName(family);
  // A stateset's label must bear the family's name. Ours is `state` in both formats, so it goes as the gauge that it is.
  const type = kind === 'stateset' ? 'gauge' : kind;
  const unitLine = unit && base.endsWith(`_${unit}`) ? `# UNIT ${base} ${unit}\n` : '';
  return `# TYPE ${base} ${type}\n${unitLine}# HELP ${base} ${text.replaceAll('"', '\\"')}\n`;
}

function codePoints(text: string): number {
  return Array.from(text).length;
}

function exemplarText({ labels, value, timestampSeconds }: Exemplar): string {
  let length = 0;
  for (const name in labels.pairs) length += codePoints(name) + codePoints(labels.pairs[name] ?? '');
  return length > exemplarLabelsMax ? '' : ` # {${labels.text}} ${formatValue(value)} ${timestampSeconds}`;
}

function histogramText(
  name: string,
  tails: readonly string[],
  { labels, buckets, sum, exemplars }: HistogramSample,
  withExemplars: boolean,
): string {
  if (buckets.length !== tails.length) throw new Error(`${name}: ${buckets.length} buckets for ${tails.length - 1} bounds`);
  const inner = labels.text;
  const bucketStart = `${name}_bucket{${inner}${inner && ','}`;
  const braces = inner && `{${inner}}`;
  let count = 0;
  let text = '';
  for (let index = 0; index < tails.length; index += 1) {
    count += buckets[index] ?? 0;
    const exemplar = withExemplars ? exemplars?.[index] : undefined;
    text += bucketStart + tails[index] + count + (exemplar ? exemplarText(exemplar) : '') + '\n';
  }
  return `${text}${name}_sum${braces} ${formatValue(sum)}\n${name}_count${braces} ${count}\n`;
}

function* samplesOf(family: Family, format: ExpositionFormat): Generator<string> {
  if (family.kind === 'histogram') {
    const tails = [...family.bounds, Infinity].map((bound) => `le="${formatBound(bound)}"} `);
    for (const sample of family.samples) yield histogramText(family.name, tails, sample, format === 'openmetrics');
    return;
  }
  const withExemplars = format === 'openmetrics' && family.kind === 'counter';
  for (const { labels, value, exemplar } of family.samples) {
    const start = labels.text === '' ? `${family.name} ` : `${family.name}{${labels.text}} `;
    yield start + formatValue(value) + (withExemplars && exemplar ? exemplarText(exemplar) : '') + '\n';
  }
}

/** Refuses what would make Prometheus refuse the whole scrape. */
function guardNames(families: readonly Family[]): void {
  const seen = new Set<string>();
  for (const family of families) {
    if (family.kind === 'counter' && !family.name.endsWith('_total'))
      throw new Error(`counter ${family.name} must end in _total`);
    if (family.kind === 'info' && !family.name.endsWith('_info')) throw new Error(`info ${family.name} must end in _info`);
    for (const name of new Set([family.name, openMetricsName(family)])) {
      if (seen.has(name)) throw new Error(`metric family ${name} occurs twice`);
      seen.add(name);
    }
  }
}

/** How many series the exposition of `family` has: of a histogram each bucket, the sum and the count. */
export const seriesOf = (family: Family): number =>
  family.samples.length * (family.kind === 'histogram' ? family.bounds.length + 3 : 1);

/**
 * The lines of `families` in a format, UTF-8, without OpenMetrics' `# EOF`. A family without samples shows its head: it is
 * known and empty, which differs from one whose collector failed. Throws on a family that occurs twice. What is written into a
 * `room` of the caller's holds until the next time.
 */
export function encodeLines(
  families: readonly Family[],
  format: ExpositionFormat,
  room: LineRoom = { buffer: Buffer.alloc(0) },
): Uint8Array<ArrayBuffer> {
  guardNames(families);
  const writer = byteWriter(families.reduce((sum, family) => sum + seriesOf(family), 0) * usualLineBytes, room);
  let chunk = '';
  for (const family of families) {
    chunk += headOf(family, format);
    for (const text of samplesOf(family, format)) {
      chunk += text;
      if (chunk.length < chunkLength) continue;
      writer.write(chunk);
      chunk = '';
    }
  }
  writer.write(chunk);
  return writer.bytes();
}

import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';

export interface ReceivedPoint {
  attributes: Record<string, string>;
  /** Of a number; NaN for a histogram. */
  value: number;
  histogram?: { bounds: number[]; counts: number[]; sum: number; count: number };
}

export interface ReceivedMetric {
  name: string;
  unit: string;
  description: string;
  kind: 'sum' | 'gauge' | 'histogram';
  monotonic: boolean;
  cumulative: boolean;
  points: ReceivedPoint[];
}

export interface Push {
  path: string;
  contentType: string;
  resource: Record<string, string>;
  metrics: ReceivedMetric[];
  spans: string[];
}

/** A protobuf message as its fields: numbers for varints, bytes for the rest (wire types 0, 1, 2, 5). */
type Message = Map<number, (number | Buffer)[]>;

function parseMessage(bytes: Buffer): Message {
  const message: Message = new Map();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? varint() : 0;
    const value = wire === 0 ? varint() : bytes.subarray(at, at + length);
    at += length;
    message.set(field, [...(message.get(field) ?? []), value]);
  }
  return message;
}

const buffers = (message: Message | undefined, field: number): Buffer[] =>
  (message?.get(field) ?? []).filter((value) => Buffer.isBuffer(value));
const messages = (message: Message | undefined, field: number): Message[] => buffers(message, field).map(parseMessage);
const text = (message: Message | undefined, field: number): string => buffers(message, field)[0]?.toString() ?? '';
const number = (message: Message | undefined, field: number): number =>
  (message?.get(field) ?? []).find((value) => typeof value === 'number') ?? 0;
const double = (message: Message, field: number): number => buffers(message, field)[0]?.readDoubleLE() ?? Number.NaN;
const packed = (message: Message, field: number): Buffer => Buffer.concat(buffers(message, field));
const words = (bytes: Buffer, read: (at: number) => number): number[] =>
  Array.from({ length: bytes.length / 8 }, (_, index) => read(index * 8));
const attributesOf = (message: Message | undefined, field: number): Record<string, string> =>
  Object.fromEntries(messages(message, field).map((pair) => [text(pair, 1), text(messages(pair, 2)[0], 1)]));

const kinds = { 5: 'gauge', 7: 'sum', 9: 'histogram' } as const;

/** opentelemetry/proto/metrics/v1: a metric. */
function protoMetric(message: Message): ReceivedMetric {
  const field = ([5, 7, 9] as const).find((candidate) => message.has(candidate)) ?? 5;
  const data = messages(message, field)[0];
  const points = messages(data, 1).map((point): ReceivedPoint => {
    if (field !== 9) return { attributes: attributesOf(point, 7), value: double(point, 4) };
    const [counts, bounds] = [packed(point, 6), packed(point, 7)];
    const histogram = {
      bounds: words(bounds, (at) => bounds.readDoubleLE(at)),
      counts: words(counts, (at) => Number(counts.readBigUInt64LE(at))),
      sum: double(point, 5),
      count: Number(buffers(point, 4)[0]?.readBigUInt64LE() ?? 0),
    };
    return { attributes: attributesOf(point, 9), value: Number.NaN, histogram };
  });
  return {
    name: text(message, 1),
    description: text(message, 2),
    unit: text(message, 3),
    kind: kinds[field],
    monotonic: number(data, 3) === 1,
    cumulative: number(data, 2) === 2,
    points,
  };
}

function fromProto(body: Buffer, path: string): Pick<Push, 'resource' | 'metrics' | 'spans'> {
  const resources = messages(parseMessage(body), 1);
  const items = resources.flatMap((resource) => messages(resource, 2)).flatMap((scope) => messages(scope, 2));
  const resource = attributesOf(messages(resources[0], 1)[0], 1);
  // opentelemetry/proto/trace/v1: the fifth field of a span is its name.
  if (path === '/v1/traces') return { resource, metrics: [], spans: items.map((span) => text(span, 5)) };
  return { resource, metrics: items.map(protoMetric), spans: [] };
}

interface JsonAttribute {
  key: string;
  value: { stringValue?: string };
}
interface JsonPoint {
  attributes?: JsonAttribute[];
  asDouble?: number;
  bucketCounts?: (number | string)[];
  explicitBounds?: number[];
  sum?: number;
  count?: number | string;
}
interface JsonData {
  dataPoints: JsonPoint[];
  isMonotonic?: boolean;
  aggregationTemporality?: number;
}
interface JsonBody {
  resourceMetrics?: {
    resource: { attributes: JsonAttribute[] };
    scopeMetrics: { metrics: ({ name: string; unit?: string; description?: string } & Record<string, unknown>)[] }[];
  }[];
  resourceSpans?: { resource: { attributes: JsonAttribute[] }; scopeSpans: { spans: { name: string }[] }[] }[];
}

const jsonAttributes = (list: JsonAttribute[] = []): Record<string, string> =>
  Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? '']));

function fromJson(body: Buffer): Pick<Push, 'resource' | 'metrics' | 'spans'> {
  const { resourceMetrics = [], resourceSpans = [] } = JSON.parse(body.toString()) as JsonBody;
  const metrics = resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap((scope) =>
      scope.metrics.map((metric): ReceivedMetric => {
        const kind = (['sum', 'gauge', 'histogram'] as const).find((candidate) => candidate in metric) ?? 'gauge';
        const data = metric[kind] as JsonData;
        const points = data.dataPoints.map((point): ReceivedPoint => {
          const attributes = jsonAttributes(point.attributes);
          if (point.bucketCounts === undefined) return { attributes, value: point.asDouble ?? Number.NaN };
          const counts = point.bucketCounts.map(Number);
          return {
            attributes,
            value: Number.NaN,
            histogram: { bounds: point.explicitBounds ?? [], counts, sum: point.sum ?? 0, count: Number(point.count) },
          };
        });
        const { name, unit = '', description = '' } = metric;
        return {
          name,
          unit,
          description,
          kind,
          monotonic: data.isMonotonic === true,
          cumulative: data.aggregationTemporality === 2,
          points,
        };
      }),
    ),
  );
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans.map(({ name }) => name)));
  return { resource: jsonAttributes((resourceMetrics[0] ?? resourceSpans[0])?.resource.attributes), metrics, spans };
}

/** An OTLP/HTTP receiver on a free loopback port; answers with `status`, or never while it is undefined. */
export async function startOtlpReceiver() {
  const pushes: Push[] = [];
  const answer: { status: number | undefined } = { status: 200 };
  let requests = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests += 1;
      if (answer.status === undefined) return;
      const raw = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      const contentType = request.headers['content-type'] ?? '';
      const path = request.url ?? '';
      if (answer.status === 200) {
        pushes.push({ path, contentType, ...(contentType.includes('json') ? fromJson(body) : fromProto(body, path)) });
      }
      response.writeHead(answer.status, { 'content-type': contentType }).end(contentType.includes('json') ? '{}' : '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    pushes,
    answer,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

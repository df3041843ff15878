import type { Clock } from '../lib/clock.ts';
import type { RcaMetrics } from '../telemetry/rca.ts';
import { readAnswer, repairMessages } from './answer.ts';
import { callProvider } from './call.ts';
import type { LlmConfig } from './config.ts';
import { costFor, estimateOf, usageOf, type Ledger } from './ledger.ts';
import { LlmError, type Answer, type Message } from './provider.ts';
import type { Link } from './providers.ts';
import type { CallRecord, Question } from './question.ts';

export type Told<Value> =
  | { kind: 'answered'; value: Value; unknowns: readonly string[] }
  | { kind: 'refused' }
  | { kind: 'unreadable'; problems: readonly string[] };

export interface AskParts {
  clock: Clock;
  metrics: Pick<RcaMetrics, 'call' | 'cost'>;
  prices: LlmConfig['prices'];
  ledger: Ledger;
  signal: AbortSignal;
}

const telemetryNames: Partial<Record<Link['name'], string>> = { gemini: 'gcp.gemini', compatible: 'openai' };

/** What the semantic conventions call a provider. */
export const telemetryNameOf = (name: Link['name']): string => telemetryNames[name] ?? name;

/** An error in one word, for telemetry. */
export const errorTypeOf = (error: unknown): string =>
  error instanceof LlmError ? String(error.status ?? error.kind) : '_OTHER';

/**
 * Asks one provider, and once more with what was wrong when nothing can be made of the answer and the budget allows it.
 * Throws `LlmError` when the first call fails; a repair that fails leaves the first answer as it was.
 */
export async function askTwice<Value>(
  link: Link,
  question: Question<Value>,
  parts: AskParts,
): Promise<{ told: Told<Value>; record: CallRecord }> {
  const { clock, ledger } = parts;
  const start = clock.monotonicMs();
  const record: CallRecord = {
    provider: link.name,
    model: link.model,
    calls: 0,
    usage: { inputTokens: 0, outputTokens: 0 },
    cost: null,
    seconds: 0,
    raw: [],
  };
  const once = async (messages: readonly Message[]): Promise<Told<Value>> => {
    const answer = await callBooked(link, { ...question, messages }, parts);
    const usage = usageOf(answer.usage, messages, answer.text);
    const cost = costFor(link, usage, parts);
    record.calls += 1;
    record.model = answer.model;
    record.usage.inputTokens += usage.inputTokens;
    record.usage.outputTokens += usage.outputTokens;
    if (cost !== null) record.cost = (record.cost ?? 0) + cost;
    record.raw = [...record.raw, answer.text];
    return tellOf(answer, question);
  };
  const ended = (told: Told<Value>) => ({ told, record: { ...record, seconds: (clock.monotonicMs() - start) / 1000 } });
  const first = await once(question.messages);
  if (first.kind !== 'unreadable') return ended(first);
  const repair = repairMessages(question.messages, record.raw[0] ?? '', first.problems);
  if (ledger.broken(estimateOf(repair, question.maxTokens), clock.monotonicMs()) !== null) return ended(first);
  return ended(await once(repair).catch(() => first));
}

/** One call, measured and on the books. */
async function callBooked<Value>(
  link: Link,
  { messages, shape, maxTokens }: Question<Value>,
  { clock, metrics, ledger, signal }: AskParts,
): Promise<Answer> {
  const entry = ledger.book(estimateOf(messages, maxTokens), clock.monotonicMs());
  const call = {
    operation: link.name === 'gemini' ? ('generate_content' as const) : ('chat' as const),
    provider: telemetryNameOf(link.name),
    model: link.model,
    maxTokens,
    server: link.server,
  };
  const request = { messages, schema: shape.schema, maxTokens, signal };
  const options = { who: link.name, deadlineMs: link.deadlineMs, clock };
  try {
    const answer = await metrics.call(call, () => callProvider(link.ask, request, options), errorTypeOf);
    const { inputTokens, outputTokens } = usageOf(answer.usage, messages, answer.text);
    entry.settle(inputTokens + outputTokens);
    return answer;
  } catch (error) {
    // What a server did of an answer that nobody waited for may cost as well.
    if (!(error instanceof LlmError && (error.kind === 'timeout' || error.kind === 'aborted'))) entry.settle(0);
    throw error;
  }
}

function tellOf<Value>({ text, finish }: Answer, { shape }: Question<Value>): Told<Value> {
  if (finish === 'refusal') return { kind: 'refused' };
  const reading = readAnswer(text, shape);
  if (reading.ok) return { kind: 'answered', value: reading.value, unknowns: reading.unknowns };
  return { kind: 'unreadable', problems: reading.problems };
}

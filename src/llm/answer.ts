import { z } from 'zod';
import { extractObject, foldedKey } from './extract.ts';
import type { JsonSchema, Message } from './provider.ts';

/** What an answer must be. */
export interface AnswerShape<Value> {
  /** As it is sent; it also says what may be coerced. */
  schema: JsonSchema;
  /** The strict part: lengths, counts, patterns. */
  strict: z.ZodType<Value>;
  /** For a field of enumerated words: what an unknown word becomes. Without one: `unknown`, if the field has that. */
  otherwise?: Readonly<Record<string, string>>;
  /** For a field of enumerated words: other words, in lower case with single spaces, for which it is meant. */
  synonyms?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export type Reading<Value> =
  | { ok: true; value: Value; /** Fields whose word was not among those allowed. */ unknowns: readonly string[] }
  | { ok: false; problems: readonly string[] };

/** What the sent schema says of one value, as far as it is used here. */
const node = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
});

const problemsMax = 8;

/** The answer in what a model wrote: found, coerced towards the schema where the meaning is clear, and checked strictly. Pure. */
export function readAnswer<Value>(text: string, shape: AnswerShape<Value>): Reading<Value> {
  const properties = node.parse(shape.schema).properties ?? {};
  const found = extractObject(text, new Set(Object.keys(properties).map(foldedKey)));
  if (!found.ok) return { ok: false, problems: [found.problem] };
  const unknowns: string[] = [];
  const checked = shape.strict.safeParse(coerce(found.value, shape.schema, { shape, unknowns, path: '' }));
  if (checked.success) return { ok: true, value: checked.data, unknowns };
  const problems = checked.error.issues.map(({ path, message }) => `${path.join('.') || 'the answer'}: ${message}`);
  return { ok: false, problems: problems.slice(0, problemsMax) };
}

interface Place {
  shape: Pick<AnswerShape<unknown>, 'otherwise' | 'synonyms'>;
  unknowns: string[];
  /** The field's name, however deep it is. */
  path: string;
}

/** `value` as the schema would have it, where that is no guess; what cannot be coerced stays, for the strict part to name. */
function coerce(value: unknown, schema: unknown, place: Place): unknown {
  const { type, enum: words, properties, items } = node.parse(schema);
  if (words !== undefined) return coerceWord(value, words, place);
  if (type === 'array') {
    const list = Array.isArray(value) ? value : value === null || value === undefined || value === '' ? [] : [value];
    return list.map((item: unknown) => coerce(item, items ?? {}, place));
  }
  if (type === 'object' && properties !== undefined) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const given = new Map(Object.entries(value).map(([key, inner]) => [foldedKey(key), inner as unknown]));
    // Only what the schema names is taken over.
    return Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [
        name,
        coerce(given.get(foldedKey(name)), inner, { ...place, path: name }),
      ]),
    );
  }
  if (type === 'string') return coerceText(value);
  return value;
}

function coerceText(value: unknown): unknown {
  if (value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? value.trim() : value;
}

/** One of `words`, by case, blanks and synonyms; else what stands for unknown. */
function coerceWord(value: unknown, words: readonly string[], { shape, unknowns, path }: Place): unknown {
  const text = coerceText(value);
  const said = (typeof text === 'string' ? text : '')
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim();
  const direct = words.find((word) => foldedKey(word) === foldedKey(said));
  if (direct !== undefined) return direct;
  const meant = shape.synonyms?.[path]?.[said];
  if (meant !== undefined && words.includes(meant)) return meant;
  const fallback = shape.otherwise?.[path] ?? (words.includes('unknown') ? 'unknown' : undefined);
  if (fallback === undefined) return value;
  unknowns.push(path);
  return fallback;
}

/** Of the answer that did not fit, as much as goes back. */
const echoLengthMax = 4000;

/** The conversation that asks once more: what was answered, what is wrong with it, and nothing else. */
export function repairMessages(messages: readonly Message[], text: string, problems: readonly string[]): Message[] {
  const echo = text.trim().slice(0, echoLengthMax);
  const wrong = problems.map((problem) => `- ${problem}`).join('\n');
  return [
    ...messages,
    { role: 'assistant', content: echo === '' ? '(nothing)' : echo },
    {
      role: 'user',
      content: `That cannot be used:\n${wrong}\nAnswer again with the whole JSON object, shorter where you can, and with nothing before or after it.`,
    },
  ];
}

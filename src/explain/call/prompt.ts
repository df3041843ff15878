import { createHash } from 'node:crypto';
import type { ExcerptReason } from '../../logs/excerpt.ts';
import type { Message } from '../../llm/provider.ts';
import { redact } from '../../redact/redact.ts';
import type { Explanation } from '../explanation.ts';
import { orderless } from './orders.ts';
import { placeholderPattern, responseText, type Placeholder, type PromptsConfig } from './prompts-config.ts';
import { promptVersion, questions, systemPrompts } from './prompt-words.ts';
import type { Case, Shown, ShownLine } from './shown.ts';
import { capped, folded, visible } from './visible.ts';

/** Of the whole prompt: 4 096 of context hold it and the answer. */
export const promptTokensMax = 3000;
/** Even where all else is as long as it may be. */
const logTokensMin = 450;
const examplesMax = 2;
const evidenceTokensMax = 420;

/** A case that people confirmed, as an example. */
export interface ConfirmedExample {
  /** Lines `L12 text`. */
  logContext: string;
  /** JSON. */
  response: string;
}

/** About how many tokens a text is: logs have more of them than prose, and other scripts than ours one a character. */
export function promptTokens(text: string): number {
  let others = 0;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) others += 1;
  return Math.ceil((text.length - others) / 3.2 + others);
}

const messageTokens = (messages: readonly Message[]): number =>
  messages.reduce((sum, { content }) => sum + promptTokens(content) + 4, 0);

/** What goes first when there is no room for all. */
const worth: Readonly<Record<ExcerptReason, number>> = {
  exception: 0,
  failure: 0,
  error: 1,
  novel: 2,
  warning: 3,
  near: 4,
  tail: 5,
};

const lineText = ({ line, text, count }: ShownLine): string => `L${line} ${text}${count > 1 ? ` (${count} times)` : ''}`;

/** The lines that tell most within so many tokens, in the order of the log. */
function fitLines(lines: readonly ShownLine[], tokensMax: number): ShownLine[] {
  let left = tokensMax;
  const taken = new Set<ShownLine>();
  for (const line of [...lines].sort((a, b) => worth[a.why] - worth[b.why])) {
    const tokens = promptTokens(`${lineText(line)}\n`);
    if (tokens > left) continue;
    taken.add(line);
    left -= tokens;
  }
  return lines.filter((line) => taken.has(line));
}

/** Data without what looks like a marker of ours, or like this call's. */
const unfenced = (text: string, nonce: string): string =>
  text.replaceAll(nonce, '').replaceAll(/={2,}\s?(?:LOG|END)\b[^=\n]{0,40}={0,}/gi, '');

/** Text of somebody else in a prompt: redacted, and nothing that cannot be seen. */
const safe = (text: string, max: number): string => capped(redact(visible(text)).trim(), max);

/** The same of a log, without what speaks to a model. */
const safeLog = (text: string, max: number): string =>
  safe(
    redact(visible(text))
      .split('\n')
      .map((line) => orderless(line).trimEnd())
      .join('\n'),
    max,
  );

function evidenceText({ evidence }: Shown): string {
  let left = evidenceTokensMax;
  const lines = evidence.flatMap(({ id, text }) => {
    const line = `${id} ${text}`;
    left -= promptTokens(line) + 1;
    return left < 0 || text === '' ? [] : [line];
  });
  return lines.join('\n');
}

function opinionText(rules: Explanation | null): string {
  if (rules === null || (rules.category === 'unknown' && rules.subcategory === '')) return 'Rules found nothing that they know.';
  const { category, subcategory, rootCause } = rules;
  return `Rules say (may be wrong): ${category}${subcategory === '' ? '' : ` (${subcategory})`}: ${safeLog(folded(rootCause), 200)}`;
}

const exampleText = (logContext: string, response: string): string =>
  `Example:\n${safeLog(logContext, 1200)}\n${safe(response, 1200)}`;

export interface PromptParts {
  prompts: PromptsConfig;
  confirmed?: readonly ConfirmedExample[];
  /** Of this call alone, and nobody can guess it. */
  nonce: string;
}

/** The two messages: a constant one, and what is asked now. At most `promptTokensMax` tokens by our estimate. */
export function promptFor(kase: Case, shown: Shown, { prompts, confirmed = [], nonce }: PromptParts): Message[] {
  const { type } = kase;
  const system = systemPrompts[type];
  const own = prompts.few_shot_examples[type].length > 0 ? prompts.few_shot_examples[type] : prompts.few_shot_examples.default;
  const configured = own.map((one) => exampleText(one.log_context, responseText(one)));
  const template = prompts.templates[type] ?? prompts.templates.default;
  const build = (examples: readonly string[], lines: readonly ShownLine[]): Message[] => {
    const values: Record<Placeholder, string> = {
      log_context: `===LOG ${nonce}===\n${unfenced(logText(lines, shown), nonce)}\n===END ${nonce}===`,
      few_shot_examples: unfenced(examples.join('\n'), nonce),
      evidence: unfenced(evidenceText(shown), nonce),
      rule_opinion: unfenced(opinionText(kase.rules), nonce),
      dag_id: unfenced(shown.dagId, nonce),
      task_id: unfenced(shown.taskId, nonce),
    };
    return [
      { role: 'system', content: system },
      { role: 'user', content: `${userText(template, values, questions[type])}\n${questions[type]}` },
    ];
  };
  // What people confirmed gives way first; what the configuration holds never does, and its length is bounded there.
  for (let count = Math.min(examplesMax, confirmed.length); ; count -= 1) {
    const chosen = confirmed.slice(0, count).map(({ logContext, response }) => exampleText(logContext, response));
    const examples = [...configured, ...chosen];
    const room = promptTokensMax - messageTokens(build(examples, []));
    if (room >= logTokensMin || count === 0) return build(examples, fitLines(shown.lines, room));
  }
}

function logText(lines: readonly ShownLine[], { summary }: Shown): string {
  if (lines.length === 0) return `(${summary})`;
  return `${lines.map(lineText).join('\n')}\n(${summary})`;
}

/** The template with its values, in one pass: nothing in a value is a placeholder. What it does not name comes before it. */
function userText(template: string | undefined, values: Record<Placeholder, string>, question: string): string {
  const named = new Set([...(template ?? '').matchAll(placeholderPattern)].map(([, name]) => name));
  const before = (['evidence', 'rule_opinion', 'few_shot_examples'] as const)
    .filter((name) => !named.has(name))
    .map((name) => values[name]);
  const body =
    template === undefined
      ? `${question}\n${values.log_context}`
      : template.replaceAll(placeholderPattern, (all, name: string) =>
          Object.hasOwn(values, name) ? values[name as Placeholder] : all,
        );
  const subject = `DAG ${values.dag_id}${values.task_id === '' ? '' : `, task ${values.task_id}`}`;
  return [...(template === undefined ? [subject] : []), ...before, body].filter((part) => part !== '').join('\n');
}

/** Changes when the same case would be asked otherwise: by our words, or by those of the configuration. */
export function promptPrint(type: Case['type'], { templates, few_shot_examples: examples }: PromptsConfig): string {
  const own = [templates[type] ?? templates.default ?? null, examples[type], examples.default];
  return createHash('sha256')
    .update(JSON.stringify([promptVersion, type, own]))
    .digest('hex')
    .slice(0, 16);
}

import type { JsonSchema, Message } from './provider.ts';

/**
 * The messages with the schema as text, for servers that do not enforce it, or not all of it. It goes behind the first
 * system message, which stays a constant prefix; a prompt that shows the schema itself is left alone.
 */
export function withSchemaText(messages: readonly Message[], schema: JsonSchema): Message[] {
  const text = JSON.stringify(schema);
  if (messages.some(({ content }) => content.includes(text))) return [...messages];
  const order = `Answer with one JSON object and nothing else. It must fit this JSON schema: ${text}`;
  const [first, ...rest] = messages;
  if (first?.role !== 'system') return [{ role: 'system', content: order }, ...messages];
  return [{ role: 'system', content: `${first.content}\n\n${order}` }, ...rest];
}

/** The system messages as one text, for APIs that take it apart from the conversation. */
export const systemText = (messages: readonly Message[]): string =>
  messages
    .filter(({ role }) => role === 'system')
    .map(({ content }) => content)
    .join('\n\n');

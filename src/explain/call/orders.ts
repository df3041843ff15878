import { delayCategories, failureCategories } from '../explanation.ts';
import { folded } from './visible.ts';

// Lines of a log that speak to a model instead of telling what a task did. What finds them need not find all: an answer is held
// against the evidence whatever it followed. What it finds is not sent, and carries no verdict.

/** Our own words, standing alone: no log files its errors under them. */
const filed = new RegExp(
  String.raw`(?<![\w./-])(?:${[...failureCategories, ...delayCategories.filter((name) => name.includes('_'))].join('|')})(?![\w/-])`,
  'i',
);
const heads = String.raw`ignore|disregard|forget|override|bypass|ignor(?:iere|iert|a|ez|e)|vergiss|missachte|olvida|oublie[sz]?|ignora|dimentica|игнорируй(?:те)?|забудь(?:те)?`;
const objects = String.raw`instructions?|rules?|prompts?|guidelines|directives?|polic(?:y|ies)|anweisungen|regeln|vorgaben|instrucciones|reglas|consignes|règles|istruzioni|regole|instruções|инструкци\p{L}*|правил\p{L}*|указани\p{L}*`;
/** Each is worth this many of the two points that make an order. */
const signs: readonly (readonly [points: number, pattern: RegExp])[] = [
  [1, filed],
  [2, new RegExp(String.raw`(?:${heads})(?:[ ,:][^.!?]{0,60})?(?:${objects})`, 'iu')],
  [
    2,
    /(?:忽略|无视|忘记|不要理会)[^。]{0,20}(?:指令|指示|规则|提示)|(?:以前|前|上記)の[^。]{0,12}(?:指示|命令)[^。]{0,8}(?:無視|忘れ)|이전[^.]{0,20}(?:지시|명령)[^.]{0,10}무시/u,
  ],
  // Marks of chat templates, and of who speaks.
  [2, /<\|[a-z_]{2,30}\|>|<<\/?SYS>>|\[\/?INST\]|<\/?(?:system|assistant|user|instructions?)>|<(?:start|end)_of_turn>/i],
  [1, /^\W{0,3}(?:system|assistant|user|developer)\]?\s{0,2}[:\]>]|^###\s*(?:system|instruction|response)\b/i],
  // The markers of our own prompt, or an answer ready made.
  [2, /={2,}\s?(?:LOG|END)\s?[0-9a-f]{0,16}\s?={0,3}/i],
  [2, /["']?(?:root_cause|next_steps)["']?\s{0,3}[:=]/i],
  [1, /["']?(?:certainty|alternative|transient)["']?\s{0,3}:/i],
  [
    1,
    /\b(?:you are|you're|act as|pretend|du bist|eres|tu es|ты)\b.{0,40}\b(?:bot|assistant|model|ai|agent|\w+bot|assistent|asistente|ассистент)\b/iu,
  ],
  [1, /\b(?:ignore|disregard) (?:the|this|that|all|any|everything|what)\b/i],
  [
    1,
    /\b(?:final answer|(?:must|should|shall|please|only) (?:answer|respond|reply|say|report|classify|output|cite)|(?:answer|respond|reply) with|certainty (?:high|is)|report category|cite (?:only )?L\d|classify (?:this|it) as|tell the (?:operator|user|person))\b/i,
  ],
  [
    1,
    /\b(?:category|categor[íi]a|catégorie|kategorie|root cause|la causa|ursache lautet)\b[^.]{0,20}(?:\bis\b|\bist\b|\bes\b|=|:|\bmust\b)|类别|分类|根本原因|категори\p{L}+/iu,
  ],
  [1, /!\[[^\]]{0,80}\]\(|<!(?:channel|here|everyone)>|(?:^|\s)@(?:here|channel|everyone)\b/i],
  [1, /\b(?:decode|base64)\b.{0,20}\b(?:follow|execute|obey|run)\b/i],
];

/** Letters and digits that may be text in base64. */
const coded = /[A-Za-z0-9+/_-]{40,4000}={0,2}/g;

function points(text: string): number {
  return signs.reduce((sum, [worth, pattern]) => sum + (pattern.test(text) ? worth : 0), 0);
}

const readable = (text: string): boolean => /^[\p{L}\p{N}\p{P}\p{S}\p{Z}\s]+$/u.test(text) && /\p{L}{3}/u.test(text);

/** Whether a text of a log speaks to a model: gives it orders, or an answer. Linear. */
export function isOrder(text: string): boolean {
  const plain = folded(text.replaceAll(/\\[nrt]/g, ' ')).normalize('NFKC');
  if (points(plain) >= 2) return true;
  for (const [run] of plain.matchAll(coded)) {
    const inner = Buffer.from(run, 'base64').toString('utf8');
    if (readable(inner) && points(folded(inner)) >= 1) return true;
  }
  return false;
}

/** Where a text may be cut without cutting a word. */
const seams = /[:.,;('"{[<|!?。，“]/g;
/** What stands in place of it: no quote may rest on it. */
export const leftOut = '(text that speaks to a model, left out)';

/** What stands before the order, such as the name of an exception and its code, and that something was left out. */
function withoutOrder(text: string): string {
  const plain = folded(text);
  const ends = [...plain.slice(0, 1000).matchAll(seams)].map(({ index }) => index).reverse();
  const end = ends.find((at) => points(plain.slice(0, at).normalize('NFKC')) === 0 && !isOrder(plain.slice(0, at)));
  const before = plain.slice(0, end ?? 0).trim();
  return `${before} ${leftOut}`.trim();
}

/** `text`, and where it speaks to a model only what stands before that. */
export const orderless = (text: string): string => (isOrder(text) ? withoutOrder(text) : text);

import { redact } from '../../redact/redact.ts';
import { dangersIn, isDangerous } from './dangerous.ts';
import { capped, folded } from './visible.ts';

export interface ScrubOptions {
  /** Hosts whose links may be shown: those of the configuration. */
  hosts: ReadonlySet<string>;
  /** What was shown to the model: a host that stands there may be named, though not linked. */
  evidence: string;
}

const image = /!\[[^\]]{0,500}\]\([^)]{0,2000}\)?/g;
const link = /\[([^\]]{0,500})\]\(([^)\s]{0,2000})[^)]{0,200}\)?/g;
/** Slack's own: mentions, and links with a text. */
const slack = /<(?:[!@#][^>\s]{0,200}|(?:https?|mailto):[^>]{0,2000})>?/gi;
const tags = /<\/?[a-z][a-z0-9-]{0,20}(?:\s[^>]{0,500})?\/?>/gi;
const mention = /(?<![\p{L}\p{N}._%+-])@[\p{L}\w.-]{1,80}/gu;
const mail = /[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,6}[a-z]{2,24}\b/gi;
/** With a scheme, or as people write them: a host with a path, a port or a top level that many have. */
const address =
  /\b(?:[a-z][a-z0-9+.-]{1,15}:\/\/|www\.|(?:javascript|data|vbscript|file):)[^\s"'`<>|)\]]+|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}(?::\d{1,5})?\/[^\s"'`<>|)\]]*|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,6}(?:com|org|net|io|dev|app|ai|co|cloud|example|info|biz|xyz|ru|cn|de|uk|eu|us|to|ly|gg|tk|site|online|top|internal|local)(?![\w-]|\.\w)/gi;

const hostOf = (found: string): string =>
  found
    .replace(/^[a-z][a-z0-9+.-]*:(?:\/\/)?/i, '')
    .replace(/^[^/@]*@/, '')
    .replace(/[/?#:].*$/s, '')
    .toLowerCase();

/** A link that may stay as it is. */
function isConfigured(found: string, hosts: ReadonlySet<string>): boolean {
  return /^https?:\/\//i.test(found) && !/^https?:\/\/[^/]*@/i.test(found) && hosts.has(hostOf(found));
}

interface Scrubbed {
  text: string;
  /** Something pointed to where nobody configured, and the evidence knows nothing of it. */
  pointed: boolean;
}

/** `text` as it may be shown: on one line, without links, images, mentions and secrets. */
function scrub(text: string, { hosts, evidence }: ScrubOptions): Scrubbed {
  let pointed = false;
  const known = evidence.toLowerCase();
  const named = (found: string): string => {
    if (isConfigured(found, hosts)) return found;
    const host = hostOf(found);
    if (host.length > 3 && known.includes(host)) return host;
    pointed = true;
    return '';
  };
  const rest = folded(text)
    .normalize('NFKC')
    .replaceAll(image, () => {
      pointed = true;
      return '';
    })
    .replaceAll(link, (_all, label: string, to: string) => `${label} ${to}`)
    .replaceAll(slack, (found) => (/^<(?:https?|mailto):/i.test(found) ? ` ${found.slice(1).split(/[|>]/)[0] ?? ''} ` : ''))
    .replaceAll(tags, '')
    .replaceAll(mail, () => {
      pointed = true;
      return '';
    })
    .replaceAll(mention, '')
    .replaceAll(address, named);
  return { text: redact(folded(rest).replaceAll(/\s+([.,;:!?])/g, '$1')), pointed };
}

/** A sentence as it may be shown; empty when it holds a command that does harm and did not fail itself: that one stands in the evidence. */
export function scrubSentence(text: string, max: number, options: ScrubOptions): string {
  const { text: rest } = scrub(text, options);
  const shown = folded(options.evidence).toLowerCase();
  if (dangersIn(rest).some((danger) => !shown.includes(danger.toLowerCase()))) return '';
  return /\p{L}{2}/u.test(rest) ? capped(rest, max) : '';
}

/** A step as it may be advised; undefined: it does harm, or leads where nobody configured. */
export function scrubStep(text: string, max: number, options: ScrubOptions): string | undefined {
  if (isDangerous(text)) return undefined;
  const { text: rest, pointed } = scrub(text, options);
  if (pointed || isDangerous(rest) || !/\p{L}{3}/u.test(rest)) return undefined;
  return capped(rest, max);
}

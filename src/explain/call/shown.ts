import type { ExcerptReason } from '../../logs/excerpt.ts';
import { redact } from '../../redact/redact.ts';
import type { Evidence, EvidenceId, Explanation } from '../explanation.ts';
import { isOrder, orderless } from './orders.ts';
import type { KeptLog } from '../log/reduced-log.ts';
import { capped, folded } from './visible.ts';

/** What is known of what is to be explained. */
export interface Case {
  /** The prompt's type: a task that failed, or one that is slow, late or waits. */
  type: 'failure' | 'delay';
  dagId: string;
  /** Empty: it is about a DAG, or the platform. */
  taskId: string;
  evidence: readonly Evidence[];
  /** Null: there is nothing that has a log. */
  log: KeptLog | null;
  /** Result A. */
  rules: Explanation | null;
}

export interface ShownLine {
  line: number;
  text: string;
  why: ExcerptReason;
  count: number;
}

/** What a model may see of a case: cleaned, redacted, without what speaks to it. Answers are held against this and nothing else. */
export interface Shown {
  dagId: string;
  taskId: string;
  lines: readonly ShownLine[];
  /** What the reduction says it left out; why there is no log. */
  summary: string;
  evidence: readonly { id: EvidenceId; text: string }[];
  /** Texts that were left out because they speak to a model, as they stood. */
  orders: readonly string[];
}

const lineMax = 400;
const evidenceMax = 240;
const nameMax = 250;

/** Whether a text is kept as it is; orders are collected. */
function cleaned(text: string, max: number, orders: string[]): string {
  const plain = folded(redact(text));
  if (isOrder(plain)) orders.push(plain);
  return capped(orderless(plain), max);
}

export function showCase({ dagId, taskId, evidence, log }: Case): Shown {
  const orders: string[] = [];
  const found = log?.found === true ? log : undefined;
  const lines = (found?.lines ?? []).map(({ line, text, why, count = 1 }) => ({
    line,
    text: cleaned(text, lineMax, orders),
    why,
    count,
  }));
  const reason = log?.found === false ? `no log: ${log.reason}` : 'no log';
  return {
    dagId: cleaned(dagId, nameMax, orders),
    taskId: cleaned(taskId, nameMax, orders),
    lines: lines.filter(({ text }) => /[\p{L}\p{N}]/u.test(text)),
    summary: cleaned(found?.summary ?? reason, evidenceMax, orders),
    evidence: evidence.map(({ id, text }) => ({ id, text: cleaned(text, evidenceMax, orders) })),
    orders,
  };
}

/** All that a cause may name things from. */
export const textOf = ({ dagId, taskId, lines, summary, evidence }: Shown): string =>
  [dagId, taskId, summary, ...evidence.map(({ text }) => text), ...lines.map(({ text }) => text)].join('\n');

import { parseDuration } from '../lib/durations.ts';
import { compare, severities, type Operator, type SlaKind, type SlaLevel, type SlaSeverity } from './objective.ts';

/** A threshold as it is written: a number, a duration or a share such as 5%. */
export type WrittenAmount = number | string;

type Unit = 'seconds' | 'ratio' | 'value';
type Complain = (message: string, severity?: SlaSeverity) => void;

const percents = /^(\d+(?:\.\d+)?)\s*%$/;

/** A number, with the unit that its writing tells; undefined when it is none. */
function amountOf(written: WrittenAmount): { value: number; unit: Unit | null } | undefined {
  if (typeof written === 'number') return { value: written, unit: null };
  const percent = percents.exec(written.trim())?.[1];
  if (percent !== undefined) return { value: Number(percent) / 100, unit: 'ratio' };
  const ms = parseDuration(written.trim());
  return ms === undefined ? undefined : { value: ms / 1000, unit: 'seconds' };
}

const whatToWrite = (kind: SlaKind): string =>
  kind === 'custom'
    ? 'is no number, duration or share; write for instance 1000, 2s or 5%'
    : 'is no duration; write for instance 90s, 30m or 2h';

/**
 * The levels of an objective, mildest first, and their unit. What does not fit together is complained of, with the severity
 * whose threshold it is.
 */
export function levelsOf(
  kind: SlaKind,
  written: readonly (readonly [SlaSeverity, WrittenAmount])[],
  { operator, isShare }: { operator: Operator; isShare: boolean },
  complain: Complain,
): { levels: SlaLevel[]; unit: Unit } {
  const levels: SlaLevel[] = [];
  let unit: Unit = kind !== 'custom' ? 'seconds' : isShare ? 'ratio' : 'value';
  const ordered = written.toSorted(([a], [b]) => severities.indexOf(a) - severities.indexOf(b));
  for (const [severity, text] of ordered) {
    const amount = amountOf(text);
    const before = levels.at(-1);
    if (amount === undefined || (kind !== 'custom' && amount.unit === 'ratio')) complain(whatToWrite(kind), severity);
    else if (kind !== 'custom' && amount.value < 0) complain('must be at least 0', severity);
    else if (amount.unit !== null && unit !== 'value' && amount.unit !== unit)
      complain(
        `is given in another unit than ${isShare ? 'a share' : 'the others'}; write ${unit === 'ratio' ? 'for instance 5%' : 'durations'}`,
        severity,
      );
    // What breaks a graver threshold breaks the milder ones too.
    else if (before !== undefined && (amount.value === before.threshold || !compare(before.threshold, operator, amount.value)))
      complain(`must lie further out than that of ${before.severity}`, severity);
    unit = amount?.unit ?? unit;
    levels.push({ severity, threshold: amount?.value ?? 0 });
  }
  return { levels, unit };
}

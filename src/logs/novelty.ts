import { drainOf, tellingLines, valueOf, type LogBaseline } from './baseline.ts';
import { createDrain, templateOf } from './drain.ts';
import { createMasker, type Masker } from './masks.ts';
import { createLineMatcher } from './match-lines.ts';
import type { Level, LogRecord } from './record.ts';
import type { Cluster } from './similarity.ts';

/** Lines of one kind that the successes do not have. */
export interface NovelLines {
  why: 'template' | 'value';
  /** Of the lines of this log. */
  template: string;
  /** The value that no success had, and those they had. */
  value?: string;
  usual?: string[];
  level?: Level;
  count: number;
  /** The first of them, and the line of the last. */
  line: number;
  text: string;
  lastLine: number;
}

export interface Novelty {
  /** Successes that the log was held against. */
  runs: number;
  /** Most telling first: by level, then by how late the first stands. */
  novel: NovelLines[];
  /** What nearly every success says and this log does not, in their order. */
  missing: { template: string; runs: number }[];
  /** Lines as in the successes. */
  knownLines: number;
}

/** Fewer successes say little about values and absences. */
const runsMin = 3;
/** A log that is all new has thousands of kinds of lines: each is then held against so many, which bounds the time. */
const ownClustersMax = 256;
const missingShare = 0.9;
const missingMax = 20;
/** How every success ends; that a failure does not is no news. */
const ends =
  /^(?:Marking task as|Task exited|<NUM> downstream|Task (?:instance )?(?:finished|succeeded|completed)|Done\. Returned value|Returning value|Task instance in|Pushing xcom|XCom)/i;

/**
 * What is in a log and not in those of the task's successes: templates never seen, values never seen where they hardly vary, and
 * templates that are missing. The baseline stays as it is. Undefined when it was learned with other masks.
 */
export function findNovelty(
  baseline: LogBaseline,
  records: readonly LogRecord[],
  masker: Masker = createMasker(),
): Novelty | undefined {
  const known = drainOf(baseline, masker);
  if (known === undefined) return undefined;
  const match = createLineMatcher(known, masker);
  // Lines that no success has are grouped among themselves.
  const own = createDrain({ maxClusters: ownClustersMax }, masker);
  const groups = new Map<string, NovelLines>();
  const clusters = new Map<string, Cluster>();
  const seen = new Set<number>();
  let knownLines = 0;
  for (const { line, text, record } of tellingLines(records)) {
    const { cluster, rawAt, tokens } = match(text);
    if (cluster !== undefined) seen.add(cluster.id);
    const odd = cluster === undefined ? undefined : oddValue(baseline, cluster, rawAt);
    if (cluster !== undefined && odd === undefined) {
      knownLines += 1;
      continue;
    }
    const group = cluster ?? own.learnTokens(tokens()).cluster;
    const key = cluster === undefined ? `new ${group.id}` : `odd ${group.id} ${odd?.at} ${odd?.value}`;
    clusters.set(key, group);
    add(groups, key, { line, text, ...(record.level === undefined ? {} : { level: record.level }) }, odd);
  }
  const novel = [...groups].map(([key, lines]) => ({ ...lines, template: templateOf(clusters.get(key) as Cluster) }));
  return {
    runs: baseline.runs,
    novel: novel.sort(byTelling),
    missing: missingFrom(baseline, known.clusters(), seen),
    knownLines,
  };
}

interface Odd {
  at: string;
  value: string;
  usual: string[];
}

function oddValue({ runs, templates }: LogBaseline, { id }: Cluster, rawAt: (token: number) => string): Odd | undefined {
  if (runs < runsMin) return undefined;
  for (const [at, usual] of Object.entries(templates[id]?.slots ?? {})) {
    const value = valueOf(rawAt(Number(at)));
    if (!usual.includes(value)) return { at, value, usual };
  }
  return undefined;
}

function add(
  groups: Map<string, NovelLines>,
  key: string,
  line: { line: number; text: string; level?: Level },
  odd: Odd | undefined,
): void {
  const group = groups.get(key);
  if (group === undefined) {
    const why = odd === undefined ? { why: 'template' as const } : { why: 'value' as const, value: odd.value, usual: odd.usual };
    groups.set(key, { ...why, template: '', count: 1, lastLine: line.line, ...line });
    return;
  }
  group.count += 1;
  group.lastLine = line.line;
  if (line.level !== undefined && severity(line.level) > severity(group.level)) group.level = line.level;
}

const order: readonly (Level | undefined)[] = [undefined, 'debug', 'info', 'warning', 'error', 'critical'];
const severity = (level: Level | undefined): number => order.indexOf(level);

function byTelling(a: NovelLines, b: NovelLines): number {
  const rank = ({ level }: NovelLines): number => Math.max(severity('info'), severity(level));
  return rank(b) - rank(a) || b.line - a.line;
}

function missingFrom(
  { runs, templates }: LogBaseline,
  clusters: Iterable<Cluster>,
  seen: ReadonlySet<number>,
): Novelty['missing'] {
  if (runs < runsMin) return [];
  return [...clusters]
    .filter(({ id }) => !seen.has(id) && (templates[id]?.runs ?? 0) >= missingShare * runs)
    .sort((a, b) => a.id - b.id)
    .map((cluster) => ({ template: templateOf(cluster), runs: templates[cluster.id]?.runs ?? 0 }))
    .filter(({ template }) => !ends.test(template))
    .slice(0, missingMax);
}

import type { TraceLine } from './python-traceback.ts';

/** An error that a program printed without a traceback. */
export interface ToolError {
  /** `dbt Database Error`, `psql ERROR`, `command not found`: what kind of line it is. */
  type: string;
  message: string;
  line: number;
}

interface Pattern {
  type: string;
  pattern: RegExp;
  /** Indented lines below it belong to it. */
  indented?: boolean;
  /** Says only that something failed; a line that says what wins over it. */
  vague?: boolean;
}

// In each the groups, joined, are the message; without groups the whole line is.
const patterns: readonly Pattern[] = [
  {
    type: 'dbt error',
    pattern:
      /\b((?:Database|Compilation|Runtime|Parsing|Dependency|Validation|Configuration) Error(?: in \w{1,40} \S{1,200})?.{0,200})$/,
    indented: true,
  },
  { type: 'dbt test failure', pattern: /\b(Failure in (?:unit_)?test \S{1,200}.{0,200})$/, indented: true },
  { type: 'Spark job aborted', pattern: /\b(Job aborted due to stage failure: .{1,1000})/ },
  { type: 'Spark error', pattern: /\b(\[[A-Z][A-Z0-9_.]{4,80}\] .{1,600}SQLSTATE: [0-9A-Z]{5})/ },
  { type: 'YARN error', pattern: /\b(Container killed (?:by|on) .{1,400})/ },
  { type: 'psql error', pattern: /^(?:psql:.{0,200}?)?((?:ERROR|FATAL):\s{1,4}.{1,600})/ },
  { type: 'psql error', pattern: /^(psql: error: .{1,600})/ },
  { type: 'MySQL error', pattern: /^(ERROR \d{4} \([0-9A-Z]{5}\).{1,600})/ },
  { type: 'curl error', pattern: /\b(curl: \(\d{1,3}\) .{1,400})/ },
  { type: 'command not found', pattern: /^(?:\S{1,200}: ){1,3}(?:line \d{1,6}: )?(.{1,200}: (?:command )?not found)$/ },
  {
    type: 'shell error',
    pattern:
      /^((?:\S{1,200}: ){1,3}(?:line \d{1,6}: )?.{1,300}: (?:No such file or directory|Permission denied|Is a directory|Not a directory|No space left on device|Cannot allocate memory|syntax error.{0,100}|unbound variable))$/,
  },
  { type: 'disk full', pattern: /No space left on device/ },
  {
    type: 'killed',
    pattern:
      /^((?:\S{1,200}: ){0,3}(?:line \d{1,6}: )?\s{0,9}\d{0,9}\s{0,9}(?:Killed|Segmentation fault|Aborted|Bus error)\b.{0,200})/,
  },
  {
    type: 'out of memory',
    pattern:
      /\b(OOMKilled|Out of memory: Killed process.{0,200}|java\.lang\.OutOfMemoryError.{0,200}|fatal error: runtime: out of memory)/,
  },
  { type: 'git error', pattern: /^(fatal: .{1,400})/ },
  { type: 'npm error', pattern: /^(npm (?:ERR!|error) .{1,400})/, vague: true },
  { type: 'program error', pattern: /^\W{0,4}(?:Uncaught )?((?:[A-Z][A-Za-z]{0,40})?Error(?: \[[A-Z_]{1,60}\])?: .{1,600})/ },
  { type: 'panic', pattern: /^(panic: .{1,400})/ },
  {
    type: 'error line',
    pattern: /^.{0,120}?((?:\bFATAL\b|\bCRITICAL\b|\bERROR\b|\b[Ee]rror:|\bfatal error\b|\bException:).{1,600})/,
    vague: true,
  },
];
const hint =
  /rror|ERR|atal|FATAL|CRITICAL|ailure|illed|fault|Abort|Exception|found|denied|directory|space left|abort|OOM|emory|panic|curl:|unbound|\[[A-Z]/;
/** Lines that hold the word and tell of no error. */
const notError =
  /\b(?:0|no|without) (?:errors?|failures?)\b|\bERROR=0\b(?!.*\bFAIL)|\berrors?[=:] ?0\b|\bCommand exited with return code\b/i;
const indentedMax = 12;

/**
 * The error that a program's output tells; undefined when no line looks like one. The last line that says what failed wins;
 * lines that only say that something did count when there is no other.
 */
export function findToolError(lines: readonly TraceLine[]): ToolError | undefined {
  let vague: ToolError | undefined;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const { text, line } = lines[at] as TraceLine;
    if (!hint.test(text) || notError.test(text)) continue;
    for (const each of patterns) {
      const found = each.pattern.exec(text);
      if (found === null) continue;
      const message = [found[1] ?? text.slice(0, 600), ...(each.indented === true ? below(lines, at) : [])].join('\n').trim();
      if (each.vague !== true) return { type: each.type, message, line };
      vague ??= { type: each.type, message, line };
      break;
    }
  }
  return vague;
}

/** The indented lines under a heading, with the time that dbt puts before each taken off. */
function below(lines: readonly TraceLine[], at: number): string[] {
  const found: string[] = [];
  for (const { text } of lines.slice(at + 1, at + 1 + indentedMax)) {
    const [, rest = ''] = /^(?:\d\d:\d\d:\d\d)?(\s{2,}\S.*)$/.exec(text) ?? [];
    if (rest === '') break;
    found.push(rest.trim());
  }
  return found;
}

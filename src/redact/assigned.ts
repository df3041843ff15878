import { behindPlaceholder, type Mark } from './gone.ts';
import { countsTokens, isAboutSecret, namePattern, ruleOfName } from './secret-names.ts';
import { valueAt } from './value-at.ts';

/** Plain, escaped, or as addresses and pages write it. */
const quote = String.raw`(?:\\{0,7}(?:["']|u002[27])|%2[27]|&quot;|&#3[49];)`;

/** A name, perhaps quoted, and the sign that gives it its value: `password=`, `"api_key": `, `'secret' => `, `secret key: `, `<password>`. */
const assignment = new RegExp(
  String.raw`(?<core>${namePattern})(?<tail>\w{0,20}(?:\.[\w-]{1,30}){0,8}(?:[ ](?:key|is|was))?)(?:${quote})?(?:\]?[ \t]{0,40}(?:=>|[=:])[ \t]{0,40}|>|%3[ad](?:\+|%20)?|\\{1,7}u003[ad])`,
  'gi',
);
/** An option of a command line before its value: `--db-password x`, or `'--password', 'x'` where a list is printed. */
const option = new RegExp(String.raw`--[\w-]{0,30}(?<core>${namePattern})(?<tail>\w{0,20})(?:[ ]{1,3}|["'],[ ]?)`, 'gi');
/** `CREATE ROLE … PASSWORD 'x'`, `IDENTIFIED BY 'x'`, `SECRET_ACCESS_KEY 'x'`. */
const statement =
  /\b(?<core>password|secret_access_key|session_token|identified(?: with ['"]?\w{1,40}['"]?)? (?:by|as))(?<tail>)[ ]{1,3}(?=')/gi;
/** `{'name': 'DB_PASSWORD', 'value': 'x'}` of a pod's environment, in YAML over two lines; `('password', 'x')`. */
const pair = new RegExp(
  String.raw`(?:(?:name|key)(?:${quote})?\s{0,3}[=:]\s{0,3}(?:${quote})?[\w.-]{0,60}(?<core>${namePattern})(?<tail>[\w-]{0,40})(?:${quote})?(?:,\s{0,40}|\s{1,40})(?:${quote})?value(?:${quote})?\s{0,3}[=:][ ]{0,3})`,
  'gi',
);
const tuple = new RegExp(
  String.raw`\(["'][\w.-]{0,60}(?<core>${namePattern})(?<tail>[\w-]{0,40})["'],[ ]?(?=[bBrRuUfF]?["'])`,
  'gi',
);

/** Values that say there is no secret, which is worth knowing; types, and how it went; punctuation behind them is not theirs. */
const nothing =
  /^(?:none|null|nil|true|false|undefined|unset|missing|\*+|str|bytes|int|bool|optional\[\w{1,20}\]|success|failed|running|skipped|queued|scheduled)?[,;)}\]]*$/i;
/** What stands for a value that is put in elsewhere: `%(token)s`, `%s`, `?`, `$1`, `${TOKEN}`, `$PGPASSWORD`, `{ conn.password }`. */
const standsFor = /^(?:%\(\w{1,40}\)s|%s|\?|\$\d{1,3}|\$\{\w{1,60}\}|\$[A-Z_]{3,60}|\{[ \w.]{1,80}\})[,;)}\]]*$/;
/** Code that fetches one. */
const code =
  /(?:(?:self|cls|conn|connection|hook|settings|config|conf|args|params|context|kwargs)(?:\.\w{1,40}){1,5}|os\.(?:environ|getenv))(?=[\s,;:()[\]}]|$)/y;
/** The name before these in a parser's complaint is a token of a grammar. */
const grammar = /(?:unexpected|expected|unrecognized|illegal|end of)[ ]{1,2}$/i;
const secretArn = /:\d{12}:$/;
const numbers = /^[\d.,_ \t]{1,5000}[);}\]]{0,9}$/;

/** Whether what a prefix found is no secret by its name alone, so that no value is looked for. */
function isNoName(text: string, { 0: all, index, groups }: RegExpExecArray, name: string): boolean {
  const before = text.slice(Math.max(0, index - 20), index);
  if (before.endsWith('‹') || grammar.test(before) || isAboutSecret(name)) return true;
  if (groups?.['core']?.toLowerCase() === 'secret' && secretArn.test(before)) return true;
  // `{token.py:12}`, `secret.example:443`; `fs.s3a.secret.key=` is one.
  return (groups?.['tail'] ?? '').includes('.') && !/=[ \t]*$/.test(all);
}

/** Whether the value of a name that holds secrets is one: not `None`, not `***`, not a number of tokens. */
export function isSecret(name: string, value: string, prefix = ''): boolean {
  const rest = behindPlaceholder(value);
  if (nothing.test(rest) || standsFor.test(rest)) return false;
  if (prefix.startsWith('--') && /^--?[A-Za-z]/.test(rest)) return false;
  return !(countsTokens(name) && numbers.test(rest));
}

/** Each prefix is looked for behind the value before it, and each value is passed once, or is short: linear. */
function redactBehind(text: string, prefix: RegExp, mark: Mark): string {
  const parts: string[] = [];
  let done = 0;
  prefix.lastIndex = 0;
  for (let match = prefix.exec(text); match !== null; match = prefix.exec(text)) {
    const { core = '', tail = '' } = match.groups ?? {};
    const name = `${/[\w-]*$/.exec(text.slice(Math.max(0, match.index - 40), match.index))?.[0] ?? ''}${core}${tail}`;
    if (isNoName(text, match, name)) continue;
    const at = prefix.lastIndex;
    const [start, end] = valueAt(text, at, core.toLowerCase());
    code.lastIndex = start;
    // Another name may stand behind what is shown, such as `self.token`.
    if (code.test(text)) prefix.lastIndex = code.lastIndex;
    else {
      prefix.lastIndex = Math.max(at, end);
      const value = text.slice(start, end);
      if (!isSecret(name, value, match[0])) continue;
      parts.push(text.slice(done, start), mark(ruleOfName(core), value));
      done = end;
    }
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(done);
}

const hasValue = /value/i;
const quickly = new RegExp(String.raw`${namePattern}|identified`, 'i');

/** `text` without the values that stand behind names such as `password`. */
export function redactAssigned(text: string, mark: Mark): string {
  if (!quickly.test(text)) return text;
  const some = [assignment, option, statement, ...(hasValue.test(text) ? [pair] : []), ...(text.includes('(') ? [tuple] : [])];
  return some.reduce((rest, prefix) => redactBehind(rest, prefix, mark), text);
}

import { gone, type Mark } from './gone.ts';

const begin = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-Lines: \d{1,4}/;
const end = /-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-MAC: \S{1,100}/;
const whole = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;

/** A private key that goes on in later lines. */
export interface OpenKey {
  /** So many more lines are looked at: the longest RSA keys take as many. */
  linesLeft: number;
  /** What stands in place of each of its lines. */
  shown: string;
  /** The line before was one of it. */
  within: boolean;
  /** Counts the keys of all logs of an incident: each is another. */
  keys: { began: number };
}

export const closedKey = (keys: { began: number }): OpenKey => ({ linesLeft: 0, shown: gone, within: false, keys });

const linesMax = 250;
/** The head that Airflow 2 gives to each line that a task prints. */
const head = /^\s{0,8}\[[^\]\n]{10,60}\] \{[^}\n]{1,200}\} [A-Z]{4,8} - /;
const armorHeader = /^(?:Proc-Type|DEK-Info|Version|Comment|Encryption|Public-Lines|Private-MAC): \S/;
const body = /^[A-Za-z0-9+/=]{1,100}$/;
// Anything may stand before a line of a key: a pod's container, a time, a level. Its runs fill their lines, but for the last one.
const runAt = (min: number): RegExp =>
  new RegExp(String.raw`(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{${min},100}={0,2}(?=(?:\\[rn]){0,2}["',\])]{0,4}$)`);
const [fullRun, lastRun] = [runAt(40), runAt(16)];

/** `text`, of one or several lines, without the private keys in it. */
export const redactKeys = (text: string, mark: Mark): string =>
  text.includes('PRIVATE KEY') ? text.replace(whole, (key) => mark('private_key', key)) : text;

/** A line of a text that comes line by line: a key that began in an earlier one is taken out of this one, too. */
export function redactKeyLine(line: string, open: OpenKey, mark: Mark): string {
  if (open.linesLeft > 0) {
    open.linesLeft -= 1;
    const ended = end.exec(line);
    const prefix = head.exec(line)?.[0] ?? '';
    if (ended !== null) {
      open.linesLeft = 0;
      const rest = line.slice(ended.index + ended[0].length);
      return prefix + open.shown + redactKeyLine(rest, open, mark);
    }
    const text = line.slice(prefix.length).trim();
    // Other lines may come in between; a short run of letters is only of the key right behind it.
    const inBody = body.test(text) && (open.within || text.length >= 16);
    const wasWithin = open.within;
    open.within = inBody || armorHeader.test(text);
    if (open.within) return prefix + open.shown;
    const run = (wasWithin ? lastRun : fullRun).exec(line);
    if (run !== null) {
      open.within = true;
      return line.slice(0, run.index) + open.shown + line.slice(run.index + run[0].length);
    }
  }
  if (!line.includes('PRIVATE KEY') && !line.includes('Private-Lines')) return line;
  const rest = line.includes('PRIVATE KEY')
    ? line.replace(whole, (key) => (end.test(key) ? mark('private_key', key) : key))
    : line;
  const began = begin.exec(rest);
  if (began === null) return rest;
  open.keys.began += 1;
  open.linesLeft = linesMax;
  open.shown = mark('private_key', `key ${open.keys.began}`);
  open.within = true;
  return rest.slice(0, began.index) + open.shown;
}

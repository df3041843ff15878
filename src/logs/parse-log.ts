import { cleanLine } from './clean-line.ts';
import { parseJsonLine, recordOfJson } from './parse-json.ts';
import { parseTextHeader } from './parse-text.ts';
import type { LogRecord } from './record.ts';

/** So many raw lines go on with a message; what follows is told as a message of its own. */
const spanMax = 2000;

/**
 * The messages of a task's log, in order: the text of Airflow 2 (or any log with a time and a level at the head of its lines),
 * the JSON lines of Airflow 3, its REST answer, or plain text; mixed, too. Reads as it goes; a raw line of any length is safe.
 */
export function* parseLog(lines: Iterable<string>): Generator<LogRecord> {
  const state: State = { open: null, groups: [], host: undefined, headed: false };
  let line = 0;
  for (const raw of lines) {
    line += 1;
    const whole = line === 1 ? contentOf(raw) : undefined;
    if (whole !== undefined) {
      yield* parseLog(whole);
      continue;
    }
    for (const each of take(raw, line, state)) yield each;
  }
  if (state.open !== null) yield state.open;
}

interface State {
  /** A record that later lines may belong to. */
  open: LogRecord | null;
  groups: string[];
  host: string | undefined;
  /** A line with a header was seen: a line without one goes on with the message before. */
  headed: boolean;
}

/** The record that `raw` ends, or none: then it goes on with the open one, or opens one itself. */
function take(raw: string, line: number, state: State): LogRecord[] {
  const data = parseJsonLine(raw);
  if (data !== undefined) return begin(recordOfJson(data, line), state, false);
  const text = cleanLine(raw);
  const headed = parseTextHeader(text, line);
  if (headed !== undefined) {
    const ended = begin(headed, state, true);
    state.headed = true;
    return ended;
  }
  // `*** Found local files:` and the like, before a log that was read by Airflow, after the name of its host if there are several.
  if (text.startsWith('*** ')) return begin({ line, span: 1, text, ...hostBefore(line, state) }, state, false);
  const { open } = state;
  if (open === null || !goesOn(open, state)) return begin({ line, span: 1, text }, state, false);
  open.text += `\n${text}`;
  open.span += 1;
  return [];
}

function begin(record: LogRecord, state: State, headed: boolean): LogRecord[] {
  const { open } = state;
  if (state.host !== undefined) record.host = state.host;
  const marker = /^\s*::(group|endgroup)::(.*)$/.exec(record.text);
  if (marker?.[1] === 'group') state.groups.push((marker[2] ?? '').slice(0, 200));
  const group = state.groups.at(-1);
  if (group !== undefined) record.group = group;
  if (marker?.[1] === 'endgroup') state.groups.pop();
  if (state.groups.length > 10) state.groups.shift();
  state.open = record;
  if (!headed) state.headed = false;
  return open === null ? [] : [open];
}

/** Lines without a header belong to the message before, where messages have headers. */
const goesOn = (open: LogRecord, state: State): boolean => state.headed && open.span < spanMax;

/** Airflow 2 tells the host alone on a line before what it read there: that line was taken for a continuation. */
function hostBefore(line: number, state: State): { host?: string } {
  const { open } = state;
  if (open === null || open.line + open.span !== line) return {};
  const cut = open.text.lastIndexOf('\n');
  const last = open.text.slice(cut + 1);
  if (!/^[A-Za-z0-9][\w.-]{0,252}$/.test(last) || (cut < 0 && open.level !== undefined)) return {};
  if (cut >= 0) {
    open.text = open.text.slice(0, cut);
    open.span -= 1;
  } else state.open = null;
  state.host = last;
  return { host: last };
}

/** The messages in a whole REST answer `{"content": […]}`; undefined for anything else. */
function contentOf(raw: string): string[] | undefined {
  if (!/^\s{0,9}\{\s{0,9}"(?:content|continuation_token)"\s{0,9}:/.test(raw)) return undefined;
  try {
    const { content } = JSON.parse(raw) as { content?: unknown };
    if (typeof content === 'string') return content.split('\n');
    if (!Array.isArray(content)) return undefined;
    return content.flatMap((each) => (typeof each === 'string' ? each.split('\n') : [JSON.stringify(each)]));
  } catch {
    return undefined;
  }
}

import { isUserFile, type Exception, type Frame } from './exceptions.ts';

const depthMax = 50;

/** The exception chain in the `error_detail` of an Airflow 3 log line; undefined when there is none. The first entry is what ended the task. */
export function exceptionOfDetail(detail: unknown, line: number, depth = 0): Exception | undefined {
  if (!Array.isArray(detail) || depth > 5) return undefined;
  let below: Exception | undefined;
  let direct = false;
  for (const entry of (detail as unknown[]).slice(0, depthMax).reverse()) {
    if (!isObject(entry)) continue;
    const exception = exceptionOf(entry, line, depth);
    if (below !== undefined) {
      exception.cause = below;
      exception.causeIsDirect = direct;
    }
    below = exception;
    // Says of this entry whether it is the stated cause of the one before it in the list.
    direct = entry['is_cause'] === true;
  }
  return below;
}

function exceptionOf(entry: Record<string, unknown>, line: number, depth: number): Exception {
  const frames = Array.isArray(entry['frames']) ? entry['frames'].filter(isObject).map((frame) => frameOf(frame, line)) : [];
  const syntax = isObject(entry['syntax_error']) ? entry['syntax_error'] : undefined;
  if (syntax !== undefined) frames.push(frameOf({ ...syntax, name: '<syntax>' }, line));
  const notes = Array.isArray(entry['exc_notes']) ? entry['exc_notes'].filter((note) => typeof note === 'string') : [];
  const value = textOf(entry['exc_value']);
  // The message of a SyntaxError stands in the place where it is.
  const message = value === '' && typeof syntax?.['msg'] === 'string' ? syntax['msg'] : value;
  const members = Array.isArray(entry['exceptions'])
    ? entry['exceptions']
        .slice(0, depthMax)
        .map((each: unknown) => exceptionOfDetail(Array.isArray(each) ? each : [each], line, depth + 1))
        .filter((each) => each !== undefined)
    : [];
  return {
    type: (textOf(entry['exc_type']) || 'Exception').slice(0, 300),
    message: [message, ...notes].join('\n').trim().slice(0, 20_000),
    frames,
    line,
    ...(members.length === 0 ? {} : { members }),
  };
}

function frameOf({ filename, lineno, name }: Record<string, unknown>, at: number): Frame {
  const file = typeof filename === 'string' ? filename.slice(0, 1000) : '';
  const line = typeof lineno === 'number' ? lineno : 0;
  return { file, line, function: typeof name === 'string' ? name.slice(0, 300) : '', user: isUserFile(file), at };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));

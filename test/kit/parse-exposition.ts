/** One line of an exposition, read by nothing of what wrote it. */
export interface ParsedSample {
  name: string;
  labels: Record<string, string>;
  value: number;
  exemplar?: { labels: Record<string, string>; value: number; timestampSeconds: number };
}

export interface ParsedExposition {
  types: Map<string, string>;
  helps: Map<string, string>;
  units: Map<string, string>;
  samples: ParsedSample[];
  /** Ends with `# EOF`. */
  ended: boolean;
}

const unescape = (text: string): string => text.replaceAll(/\\([\\n"])/g, (_, char: string) => (char === 'n' ? '\n' : char));

/** Number as Go reads it: NaN, +Inf, -Inf beside the usual. */
function parseNumber(text: string): number {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  if (text === 'NaN') return Number.NaN;
  if (!/^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) throw new Error(`${JSON.stringify(text)} is no number`);
  return Number(text);
}

/** Reads `{a="b",…}` at `at`, char by char; returns the labels and where they end. */
function parseLabels(line: string, at: number): { labels: Record<string, string>; end: number } {
  const labels: Record<string, string> = {};
  let position = at;
  if (line[position] !== '{') return { labels, end: position };
  position += 1;
  while (line[position] !== '}') {
    const name = /^[a-zA-Z_]\w*/.exec(line.slice(position))?.[0];
    if (name === undefined || !line.startsWith('="', position + name.length))
      throw new Error(`no label at ${position} of ${line}`);
    if (name in labels) throw new Error(`label ${name} twice in ${line}`);
    const start = position + name.length + 2;
    let end = start;
    while (line[end] !== '"') {
      if (end >= line.length) throw new Error(`no closing quote in ${line}`);
      end += line[end] === '\\' ? 2 : 1;
    }
    labels[name] = unescape(line.slice(start, end));
    position = end + 1;
    if (line[position] === ',') position += 1;
    else if (line[position] !== '}') throw new Error(`no comma at ${position} of ${line}`);
  }
  return { labels, end: position + 1 };
}

function parseSample(line: string): ParsedSample {
  const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0];
  if (name === undefined) throw new Error(`no name in ${line}`);
  const { labels, end } = parseLabels(line, name.length);
  const rest = line.slice(end);
  const mark = rest.indexOf(' # ');
  const sample: ParsedSample = { name, labels, value: parseNumber((mark < 0 ? rest : rest.slice(0, mark)).trimStart()) };
  if (mark < 0) return sample;
  const exemplarText = rest.slice(mark + ' # '.length);
  const exemplar = parseLabels(exemplarText, 0);
  const [value = '', timestamp = ''] = exemplarText.slice(exemplar.end).trim().split(' ');
  return {
    ...sample,
    exemplar: { labels: exemplar.labels, value: parseNumber(value), timestampSeconds: parseNumber(timestamp) },
  };
}

/** The family that a sample belongs to: the one whose head says so, with a suffix of its kind. */
function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  if (types.has(name)) return name;
  const base = name.replace(/_(?:bucket|sum|count|total|created|info)$/, '');
  return types.has(base) ? base : name;
}

/**
 * Reads an exposition in either format strictly; throws on a line that is none, a head that comes twice or too late, a family in two
 * places, a series that comes twice.
 */
export function parseExposition(body: string): ParsedExposition {
  const parsed: ParsedExposition = { types: new Map(), helps: new Map(), units: new Map(), samples: [], ended: false };
  const seen = new Set<string>();
  const [begun, closed] = [new Set<string>(), new Set<string>()];
  let family: string | undefined;
  /** What comes now is of this family: the one before is over for good. */
  function enter(name: string, line: string): void {
    if (name === family) return;
    if (family !== undefined) closed.add(family);
    if (closed.has(name)) throw new Error(`a family in two places: ${line}`);
    family = name;
  }
  if (body !== '' && !body.endsWith('\n')) throw new Error('the last line does not end');
  for (const line of body.split('\n').slice(0, -1)) {
    if (parsed.ended) throw new Error(`after the end: ${line}`);
    const head = /^# (TYPE|HELP|UNIT) ([a-zA-Z_:][\w:]*) (.*)$/s.exec(line);
    if (line === '# EOF') parsed.ended = true;
    else if (head) {
      const [, what, name = '', text = ''] = head;
      const heads = what === 'TYPE' ? parsed.types : what === 'UNIT' ? parsed.units : parsed.helps;
      if (heads.has(name)) throw new Error(`${what} of ${name} twice`);
      if (begun.has(name)) throw new Error(`${what} of ${name} comes too late`);
      enter(name, line);
      heads.set(name, what === 'HELP' ? unescape(text) : text);
    } else {
      const sample = parseSample(line);
      const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
      if (seen.has(key)) throw new Error(`series twice: ${line}`);
      seen.add(key);
      enter(familyOf(sample.name, parsed.types), line);
      begun.add(family ?? '');
      parsed.samples.push(sample);
    }
  }
  return parsed;
}

/** The value of one series; undefined when it is not there. */
export function valueOf(parsed: ParsedExposition, name: string, labels: Record<string, string> = {}): number | undefined {
  return parsed.samples.find(
    (sample) =>
      sample.name === name &&
      Object.keys(sample.labels).length === Object.keys(labels).length &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;
}

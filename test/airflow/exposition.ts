// Reads the Prometheus text format back into series: the test's own eye, independent of the writer it looks at.

export type Series = { name: string; labels: Record<string, string>; value: number };

const UNESCAPED: Record<string, string> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value.replace(/\\[\\"n]/g, (escape) => UNESCAPED[escape] ?? escape);
  }
  return labels;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\})? (\S+)/;

/** Every sample of a text exposition; a line that is no sample and no comment is an error. */
export function parseExposition(text: string): Series[] {
  const series: Series[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = SAMPLE.exec(line);
    if (match === null) throw new Error(`no sample: ${line}`);
    const [, name = '', labels = '', value = ''] = match;
    series.push({
      name,
      labels: readLabels(labels),
      value: value === '+Inf' ? Infinity : value === '-Inf' ? -Infinity : Number(value),
    });
  }
  return series;
}

/** One text per series whatever the order of its labels. */
export function seriesKey(name: string, labels: Record<string, string>): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
}

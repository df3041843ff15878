const stamp = /^(?:\[(\d{4}-\d\d-\d\d[T ][\d:.,]{8,15}(?:Z|[+-]\d\d:?\d\d)?)\]|\{"timestamp":\s?"([^"]{10,40})")/;

const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/;

/** When a line says it was written, in ms; undefined for one that goes on with what stands before it. */
function timeOfLine(line: string): number | undefined {
  const found = stamp.exec(line);
  const time = (found?.[1] ?? found?.[2] ?? '').replace(',', '.');
  // Without a zone it is UTC, as Airflow's own clock is; Date.parse would take it for the time of this machine.
  const ms = Date.parse(hasZone.test(time) ? time : `${time.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

interface Source {
  lines: AsyncIterator<string>;
  next: string;
  atMs: number;
}

/** Several logs of one try in the order of time, as Airflow shows them: its worker's, and those of the triggerers that it waited in. */
export async function* interleave(logs: readonly AsyncIterable<string>[]): AsyncGenerator<string> {
  const sources: Source[] = [];
  try {
    for (const log of logs) {
      const lines = log[Symbol.asyncIterator]();
      const first = await lines.next();
      if (first.done !== true) sources.push({ lines, next: first.value, atMs: timeOfLine(first.value) ?? -Infinity });
    }
    for (;;) {
      const [earliest] = sources.toSorted((a, b) => a.atMs - b.atMs);
      if (earliest === undefined) return;
      do {
        yield earliest.next;
        const { done, value } = await earliest.lines.next();
        if (done === true) {
          sources.splice(sources.indexOf(earliest), 1);
          break;
        }
        earliest.next = value;
      } while (timeOfLine(earliest.next) === undefined);
      earliest.atMs = timeOfLine(earliest.next) ?? earliest.atMs;
    }
  } finally {
    for (const { lines } of sources) await lines.return?.();
  }
}

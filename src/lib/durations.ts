const msPerUnit: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of a duration such as `15s`, `5m`, `1h30m`, `30d`; undefined when the text is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(ms|[smhdw]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g))
    total += Number(count) * (msPerUnit[unit ?? ''] ?? Number.NaN);
  return total;
}

/** A duration a person reads: `450ms`, `15s`, `2m30s`, `3d4h`; at most two units. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const;
  let rest = Math.round(ms / 1000);
  const parts: string[] = [];
  for (const [name, seconds] of units) {
    const count = Math.floor(rest / seconds);
    if (count > 0) parts.push(`${count}${name}`);
    rest -= count * seconds;
  }
  return parts.slice(0, 2).join('');
}

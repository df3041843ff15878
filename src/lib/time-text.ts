const units = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const;

/** A span of time in one unit, cut down: `45 s`, `12 min`, `3 h`, `5 d`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  for (const [name, size] of units) if (seconds >= size) return `${Math.floor(seconds / size)} ${name}`;
  return `${seconds} s`;
}

/** How long ago, or how soon. */
export function agoText(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime();
  if (Math.abs(ms) < 5000) return 'just now';
  return ms < 0 ? `in ${spanText(-ms)}` : `${spanText(ms)} ago`;
}

/** `26 Nov 06:05:10 UTC`; with the year where it is not this one. */
export function exactText(at: Date, now: Date): string {
  const [day = '', time = ''] = at.toISOString().split('T');
  const [year, month = '', date = ''] = day.split('-');
  const name = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][Number(month) - 1] ?? month;
  const inYear = at.getUTCFullYear() === now.getUTCFullYear() ? '' : ` ${year}`;
  return `${Number(date)} ${name}${inYear} ${time.slice(0, 8)} UTC`;
}

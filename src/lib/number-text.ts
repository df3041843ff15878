/** Seconds as people read them: `0.4 s`, `12 s`, `3m20s`, `2h05m`; three digits at most where it is short. */
export function secondsText(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 0) return `−${secondsText(-seconds)}`;
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m`;
  return `${Number((minutes / 1440).toPrecision(3))} d`;
}

/** `5.2`, `12`, `130`: how many times as much. */
export const timesText = (ratio: number): string => (ratio < 9.95 ? ratio.toFixed(1) : Math.round(ratio).toLocaleString('en'));

/** A share as percent, without pretending to be all or nothing: near to either it has two decimals. */
export function percentText(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent > 99.99 + tiny && percent < 100) return '> 99.99 %';
  if (percent > 0 && percent < 0.01 - tiny) return '< 0.01 %';
  if (percent > 99.9 + tiny && percent < 100) return `${Math.floor(percent * 100 + tiny) / 100} %`;
  return `${Number(percent.toFixed(percent > 0 && percent < 0.1 - tiny ? 2 : 1))} %`;
}

/** What floating point makes of round numbers. */
const tiny = 1e-9;

/** `1 run`, `3 runs`. */
export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** A number of no unit. */
export const valueText = (value: number): string => Number(value.toPrecision(4)).toLocaleString('en');

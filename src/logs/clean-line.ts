import { withoutEscapes } from '../lib/ansi.ts';

/** What is longer is cut before anything looks at it: no pattern ever meets a line of megabytes. */
export const lineLengthMax = 4096;

// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000B-\u001F\u007F]/;
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B-\u001F\u007F]/g;

/**
 * A raw line as a terminal would show it in the end: without colours, of a progress bar only its last state, without other
 * control characters, at most `lineLengthMax` characters long.
 */
export function cleanLine(raw: string): string {
  let text = raw.length > lineLengthMax ? raw.slice(0, lineLengthMax) : raw;
  if (raw.length > lineLengthMax && raw.includes('\r')) text = lastState(raw).slice(0, lineLengthMax);
  else if (text.includes('\r')) text = lastState(text);
  text = withoutEscapes(text);
  return control.test(text) ? text.replaceAll(controls, '') : text;
}

/** What stands after the last carriage return that anything follows. */
function lastState(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 13) end -= 1;
  return text.slice(text.lastIndexOf('\r', end - 1) + 1, end);
}

import { behindPlaceholder, type Mark } from './gone.ts';

/** A user without a password that looks like a token: `https://TOKEN@host`. */
const tokenUser = /^(?=[\w.~%+-]{0,200}\d)(?=[\w.~%+-]{0,200}[A-Za-z])[\w.~%+-]{20,}$/;
const isGone = (value: string): boolean => value === '' || behindPlaceholder(value) === '' || /^\*+$/.test(value);

/** In their paths an @ is common: only what stands before the path may hold a password. */
const ofWeb = /(?:https?|git|ssh|s?ftp|wss?)$/i;

/** `user:password@host…`, as it stands behind `://`, without the password. */
function withoutPassword(rest: string, scheme: string, mark: Mark): string {
  const colon = rest.indexOf(':');
  const delimiter = rest.search(/[/?#]/);
  const authority = delimiter < 0 ? rest : rest.slice(0, delimiter);
  if (colon < 0 || (delimiter >= 0 && delimiter < colon)) return withoutToken(rest, authority, mark);
  let at = (ofWeb.test(scheme) ? authority : (rest.split('?', 1)[0] ?? '')).lastIndexOf('@');
  if (at < colon) {
    if (at >= 0) return withoutToken(rest, authority, mark);
    // A password that was not encoded may hold a slash; a port may not.
    if (/^\d{0,5}$/.test(authority.slice(colon + 1))) return rest;
    at = rest.indexOf('@', colon);
    if (at < 0) return rest;
  }
  const password = rest.slice(colon + 1, at);
  return isGone(password) ? rest : `${rest.slice(0, colon + 1)}${mark('url_password', password)}${rest.slice(at)}`;
}

function withoutToken(rest: string, authority: string, mark: Mark): string {
  const at = authority.lastIndexOf('@');
  if (at < 0 || !tokenUser.test(authority.slice(0, at))) return rest;
  return mark('url_token', authority.slice(0, at)) + rest.slice(at);
}

/** What closes a quote, and does not stand in a password. */
const closed = /^(?:\\?["'][,:;)\]}\\]|\\?["']$|[<>])/;
const startsPassword = /^[^/?#:@\s]{0,200}:(?!\d{0,5}$)[^@]{1,500}$/;
const hostBehind = /^@[\w.-]{1,255}(?::\d{1,5})?(?:[/?#"'),;\]}\\]|$)/;

/** The same for all that stands up to a blank, quotes too: one may stand in a password that was not encoded. */
function withoutAny(run: string, scheme: string, mark: Mark): string {
  const quote = run.search(/["'<>]/);
  if (quote < 0) return withoutPassword(run, scheme, mark);
  const [head, tail] = [run.slice(0, quote), run.slice(quote)];
  const at = run.lastIndexOf('@');
  if (at > quote && !closed.test(tail) && startsPassword.test(head) && hostBehind.test(run.slice(at, at + 300))) {
    const colon = head.indexOf(':') + 1;
    return head.slice(0, colon) + mark('url_password', run.slice(colon, at)) + run.slice(at);
  }
  return withoutPassword(head, scheme, mark) + tail;
}

/** `text` with the passwords taken out of its URLs, up to the last @ before the host. */
export function redactUrls(text: string, mark: Mark): string {
  if (!text.includes('://')) return text;
  return text.replaceAll(/[a-z0-9]{0,12}:\/\/\S+/gi, (run) => {
    const [scheme = '', ...rests] = run.split('://');
    const parts = rests.map((rest, index) => withoutAny(rest, (rests[index - 1] ?? scheme).slice(-12), mark));
    return [scheme, ...parts].join('://');
  });
}

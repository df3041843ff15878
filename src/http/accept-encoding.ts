/** The q-value of a coding; what is no number from 0 to 1 counts as 0. */
function qualityOf(parameters: readonly string[]): number {
  const q = parameters
    .map((parameter) => /^q\s*=(.*)$/i.exec(parameter.trim())?.[1]?.trim())
    .find((value) => value !== undefined);
  if (q === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0;
}

/**
 * Whether an `Accept-Encoding` header wants gzip (RFC 9110, 12.5.3): named, or by `*`, with a q-value above 0 and not below
 * that of `identity`. Without a header nothing is compressed, since some clients cannot undo it.
 */
export function wantsGzip(header: string | undefined): boolean {
  const codings = new Map<string, number>();
  for (const item of (header ?? '').split(',')) {
    const [name = '', ...parameters] = item.split(';');
    const coding = name
      .trim()
      .toLowerCase()
      .replace(/^x-gzip$/, 'gzip');
    if (coding !== '') codings.set(coding, qualityOf(parameters));
  }
  const gzip = codings.get('gzip') ?? codings.get('*') ?? 0;
  return gzip > 0 && gzip >= (codings.get('identity') ?? 0);
}

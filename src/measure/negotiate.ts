import type { ExpositionFormat } from './encode-lines.ts';

interface Range {
  type: string;
  version: string | undefined;
  quality: number;
}

function parseAccept(accept: string): Range[] {
  return accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const values = Object.fromEntries(
      parameters.map((parameter) => parameter.split('=').map((part) => part.trim().replaceAll('"', ''))),
    );
    const quality = values['q'] === undefined ? 1 : Number(values['q']);
    return { type, version: values['version'], quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}

/**
 * The format that an `Accept` header asks for. OpenMetrics only by name, in the version we write, and when nothing that the
 * text format fulfils is wanted more (or as much, but named earlier); in every other case text, the oldest.
 */
export function negotiate(accept: string | undefined): ExpositionFormat {
  let best: { format: ExpositionFormat; quality: number } = { format: 'text', quality: 0 };
  for (const { type, version, quality } of parseAccept(accept ?? '')) {
    const format =
      type === 'application/openmetrics-text' && (version === undefined || version === '1.0.0')
        ? 'openmetrics'
        : ['text/plain', 'text/*', '*/*'].includes(type)
          ? 'text'
          : undefined;
    if (format !== undefined && quality > best.quality) best = { format, quality };
  }
  return best.format;
}

import { constants, crc32, createInflateRaw, deflateRawSync } from 'node:zlib';
import { encodeLines, type ExpositionFormat, type LineRoom } from './encode-lines.ts';
import type { Family } from './family.ts';

/** Exact: Prometheus 3 refuses a scrape with any other. */
export const contentTypes: Record<ExpositionFormat, string> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/**
 * The first part of a scrape's body, ready-made and compressed: nearly every scrape asks for gzip, and the lines themselves
 * are some 25 times as long. The array owns its memory, so that it can be transferred to another thread.
 */
export interface EncodedPart {
  /** The lines, without `# EOF`, as raw deflate that ends on a byte (Z_SYNC_FLUSH) without a final block. */
  deflated: Uint8Array;
  /** Bytes of the lines, and their checksum. */
  length: number;
  crc32: number;
}

export interface EncodedExposition {
  text: EncodedPart;
  openmetrics: EncodedPart;
}

/** Most of the gain for a third of the time: these lines repeat themselves. */
const deflateLevel = 2;

/** Of each thread: the lines of 100 000 series are 11 MB in either format, and what of that size is thrown away each cycle piles up. */
const room: LineRoom = { buffer: Buffer.alloc(0) };

function encodePart(families: readonly Family[], format: ExpositionFormat): EncodedPart {
  const bytes = encodeLines(families, format, room);
  const deflated = deflateRawSync(bytes, { level: deflateLevel, finishFlush: constants.Z_SYNC_FLUSH });
  return { deflated: new Uint8Array(deflated), length: bytes.length, crc32: crc32(bytes) };
}

/** Encodes and compresses `families` once for all scrapes until the next cycle. Throws on a family that occurs twice. */
export function encodeExposition(families: readonly Family[]): EncodedExposition {
  return { text: encodePart(families, 'text'), openmetrics: encodePart(families, 'openmetrics') };
}

/** What is served before the first cycle. */
export const emptyExposition: EncodedExposition = encodeExposition([]);

const decoder = new TextDecoder();
const eof = '# EOF\n';

/** `families` as a whole text 0.0.4 exposition. */
export const encodeText = (families: readonly Family[]): string => decoder.decode(encodeLines(families, 'text'));

/** `families` as a whole OpenMetrics 1.0 exposition. */
export const encodeOpenMetrics = (families: readonly Family[]): string =>
  decoder.decode(encodeLines(families, 'openmetrics')) + eof;

const gzipHeader = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);

export interface Body {
  /** Bytes of all pieces. */
  length: number;
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

const inflatedPieceBytes = 262_144;

/** Inflates as fast as it is asked for, outside this thread. */
async function* inflated(deflated: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const inflater = createInflateRaw({ chunkSize: inflatedPieceBytes });
  for (const piece of deflated) inflater.write(piece);
  inflater.end();
  yield* inflater;
}

/**
 * The body of a scrape: `part`, then the families about this process. Compressed it is one gzip member, because not every
 * client reads more than one: the ready-made deflate blocks of `part` as they are, fresh blocks that end the stream, one
 * checksum. (In pieces: copies of this size make garbage collections that hold up the event loop.) Plain it is those blocks
 * inflated.
 */
export function bodyOf(part: EncodedPart, selfFamilies: readonly Family[], format: ExpositionFormat, gzip: boolean): Body {
  const lines = encodeLines(selfFamilies, format);
  const rest = format === 'openmetrics' ? Buffer.concat([lines, Buffer.from(eof)]) : lines;
  const length = part.length + rest.length;
  const deflated = [part.deflated, deflateRawSync(rest)];
  if (!gzip) return { length, pieces: inflated(deflated) };
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(rest, part.crc32), 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  const pieces = [gzipHeader, ...deflated, trailer];
  return { length: pieces.reduce((sum, { byteLength }) => sum + byteLength, 0), pieces };
}

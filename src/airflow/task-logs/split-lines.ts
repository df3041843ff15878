const newline = 0x0a;
const carriageReturn = 0x0d;
/** No line is kept longer than this; a message of Airflow 3 with a long exception has a few kB. */
const lineBytesMax = 1024 * 1024;
/** What is longer and holds carriage returns is a progress bar. */
const progressBytesMin = 4096;

/** The lines of a text that comes in chunks, without their breaks. A line of any length is safe: it is cut, and of a progress bar the last state stays. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, from)) {
      parts.push(bytes.subarray(from, at));
      yield lineOf(parts);
      [parts, length] = [[], 0];
      from = at + 1;
    }
    // A copy: whoever gave the chunk may write into it again.
    const rest = Buffer.from(bytes.subarray(from));
    if (rest.length === 0) continue;
    const last = rest.lastIndexOf(carriageReturn, -2);
    if (length > lineBytesMax && last >= 0) [parts, length] = [[rest.subarray(last + 1)], rest.length - last - 1];
    else if (length <= lineBytesMax) {
      parts.push(rest);
      length += rest.length;
    }
  }
  if (length > 0) yield lineOf(parts);
}

function lineOf(parts: readonly Buffer[]): string {
  const [first = Buffer.alloc(0)] = parts;
  let bytes = parts.length === 1 ? first : Buffer.concat(parts);
  if (bytes.at(-1) === carriageReturn) bytes = bytes.subarray(0, -1);
  if (bytes.length > progressBytesMin) {
    const last = bytes.lastIndexOf(carriageReturn);
    if (last >= 0) bytes = bytes.subarray(last + 1);
    if (bytes.length > lineBytesMax) bytes = bytes.subarray(0, lineBytesMax);
  }
  return bytes.toString('utf8');
}

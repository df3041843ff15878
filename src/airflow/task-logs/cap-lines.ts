import { leftOut, type LogCaps } from './task-log.ts';

/** The beginning and the end of lines that come one by one, with a line between that says how much is not there. Holds no more than the end in memory. */
export async function* capLines(lines: AsyncIterable<string>, { headBytes, tailBytes }: LogCaps): AsyncGenerator<string> {
  let head = headBytes;
  let tail: string[] = [];
  let begin = 0;
  let kept = 0;
  let dropped = 0;
  for await (const line of lines) {
    const size = Buffer.byteLength(line) + 1;
    if (head >= size && tail.length === 0) {
      head -= size;
      yield line;
      continue;
    }
    tail.push(line);
    kept += size;
    for (let first = tail[begin]; kept > tailBytes && first !== undefined && begin < tail.length - 1; first = tail[begin]) {
      const bytes = Buffer.byteLength(first) + 1;
      begin += 1;
      kept -= bytes;
      dropped += bytes;
    }
    // Now and then what was passed is let go, so that each line is moved about once.
    if (begin > tail.length / 2) [tail, begin] = [tail.slice(begin), 0];
  }
  if (dropped > 0) yield leftOut(dropped);
  yield* tail.slice(begin);
}

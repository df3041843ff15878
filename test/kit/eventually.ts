/** Waits until `look` returns something other than undefined, false or null, or stops throwing; the last answer is in the error. */
export async function eventually<Value>(
  what: string,
  look: () => Value | Promise<Value>,
  { withinMs = 60_000, everyMs = 50 }: { withinMs?: number; everyMs?: number } = {},
): Promise<NonNullable<Exclude<Value, false>>> {
  const began = performance.now();
  for (;;) {
    let last: unknown;
    try {
      const found = await look();
      if (found !== undefined && found !== null && found !== false) return found as NonNullable<Exclude<Value, false>>;
      last = found;
    } catch (error) {
      last = error;
    }
    if (performance.now() - began > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

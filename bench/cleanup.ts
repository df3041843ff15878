const open = new Set<() => Promise<void>>();

/** Remembers what must not outlive a benchmark that is interrupted; returns `close`, which forgets it again. */
export function closeAtExit(close: () => Promise<void>): () => Promise<void> {
  const once = async () => {
    if (!open.delete(once)) return;
    await close();
  };
  open.add(once);
  return once;
}

/** Closes all that is open, newest first. */
export async function closeAll(): Promise<void> {
  for (const close of [...open].reverse()) await close().catch(() => {});
}

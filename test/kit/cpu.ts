/** Milliseconds that this thread has computed so far: what a busy machine does meanwhile does not count. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

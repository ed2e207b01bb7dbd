/** Returns the resident memory of a process in bytes; 0 if it has ended. Linux only. */
export async function residentBytes(pid: number): Promise<number> {
  const text = await Bun.file(`/proc/${pid}/status`)
    .text()
    .catch(() => "");
  return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
}

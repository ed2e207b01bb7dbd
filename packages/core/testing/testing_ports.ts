/** Gives ports on loopback that nobody listens on. All are held before any is let go: the system would give the same one again. */
export function freePorts(count: number): readonly number[] {
  const held = Array.from({ length: count }, () =>
    Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } }),
  );
  const ports = held.map(({ port }) => port);
  for (const server of held) server.stop(true);
  return ports;
}

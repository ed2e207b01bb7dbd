/** Returns free loopback ports. All are opened before any is closed, because the system could otherwise return the same one twice. */
export function freePorts(count: number): readonly number[] {
  const held = Array.from({ length: count }, () =>
    Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } }),
  );
  const ports = held.map(({ port }) => port);
  for (const server of held) server.stop(true);
  return ports;
}

/** Gives three ports that nobody listens on. */
export function freePorts(): readonly [number, number, number] {
  const listeners = [0, 1, 2].map(() =>
    Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }),
  );
  const [one = 0, two = 0, three = 0] = listeners.map(({ port }) => port);
  for (const listener of listeners) listener.stop(true);
  return [one, two, three];
}

import { lookup } from "node:dns/promises";
import { type Config, ConfigError } from "../settings/config.ts";

type Place = Pick<Config, "host" | "port">;

/**
 * Starts to listen.
 *
 * @throws {ConfigError} that names the setting at fault
 */
export function explainListening<Server>({ host, port }: Place, start: () => Server): Server {
  try {
    return start();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== "listen") throw error;
    throw new ConfigError(`Cannot listen on ${reason(host, port, code)}`, { cause: error });
  }
}

/**
 * Checks that the host can be resolved: the system's error for such a name at listening is not reliable.
 *
 * @throws {ConfigError}
 */
export async function checkHost({ host, port }: Place): Promise<void> {
  try {
    await lookup(host);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`Cannot listen on ${reason(host, port, code)}`, { cause: error });
  }
}

/**
 * Checks that a port which several processes will share is free: the system would also let them share it with other programs.
 *
 * @throws {ConfigError} that names the setting at fault
 */
export async function checkPort(place: Place): Promise<void> {
  const fetch = () => new Response(null, { status: 503, headers: { "retry-after": "1" } });
  const options = { hostname: place.host, port: place.port, reusePort: false, fetch };
  await explainListening(place, () => Bun.serve(options)).stop(true);
}

function reason(host: string, port: number, code = "nothing"): string {
  if (code === "EADDRINUSE")
    return `PROGIMAGE_PORT ${port} of ${host} as another program does: end that one, or choose another port`;
  if (code === "EACCES")
    return `PROGIMAGE_PORT ${port} of ${host} as this user may not: choose another port, such as one above 1023`;
  // The error code of a name that cannot be resolved differs between systems.
  return `PROGIMAGE_HOST ${JSON.stringify(host)} as it must be an address or a name of this machine: the system says ${code}`;
}

/** Returns the port of a URL, or the default port if none is written. */
export function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

/** Returns the host name or address of a URL; IPv6 without brackets. */
export function hostnameOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

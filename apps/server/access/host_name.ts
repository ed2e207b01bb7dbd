/** A name or address, and a port. Everything else that a URL may have there, such as a user, has no place in a `Host`. */
const HOST_REGEXP = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Returns the name or address in a `Host` header as browsers write it: in lower case, without port and without the last dot.
 * Returns `null` for a header that is unusable.
 */
export function hostNameOf(host: string): string | null {
  if (!HOST_REGEXP.test(host)) return null;
  const url = URL.parse(`http://${host}/`);
  return url && url.hostname.replace(/\.$/, "");
}

/** Whether a name that {@linkcode hostNameOf} gave is an IP address. No name service can make it lead elsewhere. */
export function isAddress(name: string): boolean {
  return name.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(name);
}

/** A name or address, and a port. Other parts of a URL's authority, such as a user, are invalid in a `Host`. */
const HOST_REGEXP = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Returns the name or address in a `Host` header in the normal form of browsers: lower case, without port and trailing dot. Returns
 * `null` for an invalid header.
 */
export function hostNameOf(host: string): string | null {
  if (!HOST_REGEXP.test(host)) return null;
  const url = URL.parse(`http://${host}/`);
  return url && url.hostname.replace(/\.$/, "");
}

/** Whether a result of {@linkcode hostNameOf} is an IP address. DNS cannot redirect an address. */
export function isAddress(name: string): boolean {
  return name.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(name);
}

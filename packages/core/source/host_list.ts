import { isIP } from "node:net";
import { hostnameOf, portOf } from "./url_host.ts";

interface HostPattern {
  /** The exact host, or with a leading dot the suffix of a name. */
  readonly host: string;
  /** `null` for any port. */
  readonly port: number | null;
}

/**
 * The hosts that an operator trusts: `images.internal`, `images.internal:8080`, `10.0.0.5`, `[::1]:9000`, and `*.example.com` for all names
 * below one. An entry without a port allows every port.
 */
export class HostList {
  readonly #patterns: readonly HostPattern[];

  /** @throws {RangeError} for an entry of another form */
  constructor(entries: readonly string[]) {
    this.#patterns = entries.map(readPattern);
  }

  /** Returns whether the host of a URL is listed, by its name as written and not by its addresses. */
  has(url: URL): boolean {
    const hostname = hostnameOf(url);
    return this.#patterns.some(({ host, port }) => {
      if (port !== null && port !== portOf(url)) return false;
      return host.startsWith(".") ? hostname.endsWith(host) : hostname === host;
    });
  }
}

function readPattern(entry: string): HostPattern {
  const [, wildcard, host = "", port] = /^(\*\.)?(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(entry.trim()) ?? [];
  // Excludes characters that would be parsed as another part of a URL than its host.
  const url = /^[^/?#@\\\s*]+$/.test(host) ? URL.parse(`http://${host}`) : null;
  if (!url || (wildcard && isIP(hostnameOf(url)) !== 0) || Number(port ?? 1) > 65_535) {
    throw new RangeError(
      `Cannot allow host as it must be like example.com, example.com:8080, *.example.com or [::1]: it is ${JSON.stringify(entry)}`,
    );
  }
  const hostname = hostnameOf(url);
  return { host: wildcard ? `.${hostname}` : hostname, port: port === undefined ? null : Number(port) };
}

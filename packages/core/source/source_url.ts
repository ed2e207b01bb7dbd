import { ProgImageError } from "../error.ts";
import { BLOCKED_PORTS } from "./blocked_ports.ts";
import type { HostList } from "./host_list.ts";
import { sourceRefused } from "./source_error.ts";
import { portOf } from "./url_host.ts";

/** Longer than any server accepts as a request target. */
const MAX_URL_CHARACTERS = 8_192;

/** The maximum length of a host in messages. Names have at most 253 characters, but a URL may contain anything. */
const MAX_SHOWN_CHARACTERS = 255;

/**
 * Parses the URL of a source as browsers do. All spellings of an address become one: `http://0x7f.1` becomes `http://127.0.0.1`.
 *
 * @throws {ProgImageError} `invalid_parameter`
 * @see https://url.spec.whatwg.org/
 */
export function parseSourceUrl(address: string): URL {
  if (address.length > MAX_URL_CHARACTERS) {
    throw new ProgImageError(
      "invalid_parameter",
      `Cannot fetch source as its URL must be at most ${MAX_URL_CHARACTERS} characters: it has ${address.length}`,
      { details: { limit: MAX_URL_CHARACTERS } },
    );
  }
  const url = URL.parse(address);
  if (url) return url;
  throw new ProgImageError(
    "invalid_parameter",
    "Cannot fetch source as it must be a whole URL, such as https://example.com/photo.jpg: it is not",
  );
}

/** Returns the host of a URL for messages. */
export function hostOf(url: URL): string {
  return url.host.slice(0, MAX_SHOWN_CHARACTERS) || "a URL without a host";
}

/**
 * Checks a URL as far as possible without network access.
 *
 * @throws {ProgImageError} `source_refused`
 */
export function checkSourceUrl(url: URL, place: string, allowHosts: HostList): void {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw sourceRefused(place, "its scheme must be http or https: it is another");
  }
  if (url.username !== "" || url.password !== "") {
    throw sourceRefused(place, "its URL must be without user and password: it has some");
  }
  if (BLOCKED_PORTS.has(portOf(url)) && !allowHosts.has(url)) {
    throw sourceRefused(place, "its port must be one for HTTP: it belongs to another protocol");
  }
}

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type AddressClass, classifyAddress } from "./address_class.ts";
import type { HostList } from "./host_list.ts";
import { sourceRefused, sourceUnreachable } from "./source_error.ts";
import { hostnameOf } from "./url_host.ts";

/** Returns all IP addresses of a host name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** Options for {@linkcode findAddresses}. */
export interface FindAddressesOptions {
  readonly allowHosts: HostList;
  readonly resolve: Resolve;
}

/** Resolves a name by the system, which uses its hosts file and name servers. */
export async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
}

/**
 * Returns the addresses to connect to for a URL: all addresses of its host, if all of them are allowed. One bad address rejects the whole
 * host, because that is typical of an attack.
 *
 * @throws {ProgImageError} `source_refused`, `source_unreachable`
 */
export async function findAddresses(
  url: URL,
  place: string,
  { allowHosts, resolve }: FindAddressesOptions,
): Promise<readonly string[]> {
  const hostname = hostnameOf(url);
  const isAddress = isIP(hostname) !== 0;
  const isAllowed = allowHosts.has(url);
  if (isAddress && isAllowed) return [hostname];
  const addresses = isAddress ? [hostname] : await resolveName(hostname, place, resolve);
  const reachable: readonly AddressClass[] = isAllowed ? ["public", "local"] : ["public"];
  if (addresses.every((address) => reachable.includes(classifyAddress(address)))) return addresses;
  throw sourceRefused(place, "its address must be public: it is in a private or reserved network");
}

async function resolveName(hostname: string, place: string, resolve: Resolve): Promise<readonly string[]> {
  const reason = "its name must have an address: it has none";
  let addresses: readonly string[];
  try {
    addresses = await resolve(hostname);
  } catch (error) {
    throw sourceUnreachable(place, reason, error);
  }
  if (addresses.length === 0) throw sourceUnreachable(place, reason);
  return addresses;
}

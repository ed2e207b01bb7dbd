import ipaddr from "ipaddr.js";
import { readAddress } from "./address_range.ts";

/**
 * Returns the name under which the requests of an address are counted. A network of IPv6 has at least a /64, in which its owner
 * chooses the addresses.
 */
export function addressGroup(address: string): string {
  if (!address.includes(":")) return address;
  const read = readAddress(address);
  if (!(read instanceof ipaddr.IPv6)) return read?.toString() ?? address;
  const network = read.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(":")}::/64`;
}

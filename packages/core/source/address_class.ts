import ipaddr from "ipaddr.js";

/** Who can be at an IP address: anybody, only someone of our own network, or what must never be asked. */
export type AddressClass = "public" | "local" | "forbidden";

/** Ranges of networks of one's own, which an operator may open by name. */
const LOCAL_RANGES: ReadonlySet<string> = new Set(["private", "loopback", "carrierGradeNat", "uniqueLocal"]);

/** IPv6 addresses that are given out to networks. Outside of it hide old ways to embed IPv4, such as `::127.0.0.1`. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Services of clouds that hand keys to whoever asks from within a machine, outside of the link-local range where most are:
 * of Azure (an address that is public by its number), Alibaba and AWS over IPv6.
 */
const CLOUD_SERVICES: ReadonlySet<string> = new Set(["168.63.129.16", "100.100.100.200", "fd00:ec2::254"]);

/**
 * Classifies an IP address. Public is only what IANA lists as global unicast and what embeds no other address: IPv4 inside of
 * IPv6 (mapped, NAT64, 6to4, Teredo) is forbidden whatever it embeds, for it could lead anywhere.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export function classifyAddress(address: string): AddressClass {
  if (!ipaddr.isValid(address)) return "forbidden";
  const parsed = ipaddr.parse(address);
  if (CLOUD_SERVICES.has(parsed.toString())) return "forbidden";
  const range = parsed.range();
  if (LOCAL_RANGES.has(range)) return "local";
  if (range !== "unicast") return "forbidden";
  return parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_UNICAST) ? "forbidden" : "public";
}

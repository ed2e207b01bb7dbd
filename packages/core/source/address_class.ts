import ipaddr from "ipaddr.js";

/** The class of an IP address: public, in an internal network, or one that must never be contacted. */
export type AddressClass = "public" | "local" | "forbidden";

/** Ranges of internal networks, which an operator may allow by host name. */
const LOCAL_RANGES: ReadonlySet<string> = new Set(["private", "loopback", "carrierGradeNat", "uniqueLocal"]);

/** The IPv6 addresses assigned to networks. Outside this range are obsolete forms that embed IPv4, such as `::127.0.0.1`. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Cloud services that give keys to any process on a machine and are outside the usual link-local range: of Azure (in a public range),
 * Alibaba and AWS over IPv6.
 */
const CLOUD_SERVICES: ReadonlySet<string> = new Set(["168.63.129.16", "100.100.100.200", "fd00:ec2::254"]);

/**
 * Classifies an IP address. Public addresses are those that IANA lists as global unicast and that embed no other address. IPv4 in IPv6
 * (mapped, NAT64, 6to4, Teredo) is always forbidden, because it could lead anywhere.
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

import ipaddr from "ipaddr.js";

/** An IP address. One of IPv4 that is mapped into IPv6 is an address of IPv4. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The addresses that begin with the first bits of one. */
export type AddressRange = readonly [address: Address, bits: number];

/** The words for ranges of a machine's own addresses and of internal networks. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/** Returns an address in its usual spelling, or `null`. Octal and hexadecimal spellings are none. */
export function readAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!text.includes(":") || !ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** Returns the ranges that a word, an address or a CIDR block stands for; `null` for any other text. */
export function readAddressRanges(text: string): readonly AddressRange[] | null {
  const words = Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
  const ranges = (words ?? [text]).map(readRange);
  return ranges.includes(null) ? null : ranges.filter((range) => range !== null);
}

function readRange(text: string): AddressRange | null {
  const [network = "", length] = text.split("/", 2);
  const address = readAddress(network);
  if (!address) return null;
  const size = address.kind() === "ipv4" ? 32 : 128;
  if (text === network) return [address, size];
  // The bits of an IPv4 block that is written in IPv6 begin with the 96 bits of the mapping.
  const bits = /^\d{1,3}$/.test(length ?? "")
    ? Number(length) - (size === 32 && network.includes(":") ? 96 : 0)
    : -1;
  return text === `${network}/${length}` && bits >= 0 && bits <= size ? [address, bits] : null;
}

/** Whether an address is in one of some ranges. */
export function isInRanges(address: Address, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([network, bits]) => {
    if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, bits);
    return network instanceof ipaddr.IPv6 && address.match(network, bits);
  });
}

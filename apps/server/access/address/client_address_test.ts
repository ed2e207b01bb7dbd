import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addressGroup } from "./address_group.ts";
import { readAddressRanges } from "./address_range.ts";
import { createClientAddress } from "./client_address.ts";

const PROXIES = ["loopback", "10.0.0.0/8", "2001:db8:1::/48", "192.0.2.7"];

interface Sent {
  readonly peer?: string;
  readonly forwardedFor?: string;
  readonly forwarded?: string;
}

function addressOf({ peer = "10.0.0.1", forwardedFor, forwarded }: Sent, proxies = PROXIES): string {
  const headers = new Headers();
  if (forwardedFor !== undefined) headers.set("x-forwarded-for", forwardedFor);
  if (forwarded !== undefined) headers.set("forwarded", forwarded);
  return createClientAddress(proxies.flatMap((text) => readAddressRanges(text) ?? []))(peer, headers);
}

describe("createClientAddress()", () => {
  const cases: readonly (readonly [why: string, sent: Sent, address: string])[] = [
    ["believes no stranger", { peer: "203.0.113.9", forwardedFor: "198.51.100.1" }, "203.0.113.9"],
    ["believes a trusted proxy", { forwardedFor: "198.51.100.1" }, "198.51.100.1"],
    ["believes a proxy of this machine", { peer: "::1", forwardedFor: "198.51.100.1" }, "198.51.100.1"],
    [
      "takes the last that is not trusted",
      { forwardedFor: "6.6.6.6, 198.51.100.1, 10.1.1.1" },
      "198.51.100.1",
    ],
    ["takes the first if all are trusted", { forwardedFor: "10.9.9.9, 10.1.1.1" }, "10.9.9.9"],
    ["takes the proxy if it names none", {}, "10.0.0.1"],
    ["stops at an entry that is no address", { forwardedFor: "6.6.6.6, unknown, 10.1.1.1" }, "10.1.1.1"],
    ["stops at an empty entry", { forwardedFor: "6.6.6.6, , 10.1.1.1" }, "10.1.1.1"],
    ["stops at an octal address", { forwardedFor: "010.0.0.5" }, "10.0.0.1"],
    ["reads a port", { forwardedFor: "198.51.100.1:4711" }, "198.51.100.1"],
    ["reads IPv6", { forwardedFor: "2001:DB8:2:0::1" }, "2001:db8:2::1"],
    ["reads IPv6 with a port", { forwardedFor: "[2001:db8:2::1]:4711" }, "2001:db8:2::1"],
    ["reads mapped IPv4", { peer: "::ffff:10.0.0.1", forwardedFor: "::ffff:198.51.100.1" }, "198.51.100.1"],
    ["knows a proxy in mapped form", { peer: "::ffff:203.0.113.9", forwardedFor: "6.6.6.6" }, "203.0.113.9"],
    ["knows a network of IPv6", { peer: "2001:db8:1::5", forwardedFor: "198.51.100.1" }, "198.51.100.1"],
    ["keeps the peer of no address", { peer: "", forwardedFor: "198.51.100.1" }, ""],
    [
      "reads Forwarded",
      { forwarded: 'for=6.6.6.6, FOR="198.51.100.1:80";proto=https;by=10.0.0.1' },
      "198.51.100.1",
    ],
    ["reads IPv6 in Forwarded", { forwarded: 'proto=http; for="[2001:db8:2::1]"' }, "2001:db8:2::1"],
    ["stops at a hidden name", { forwarded: "for=6.6.6.6, for=_hidden, for=10.1.1.1" }, "10.1.1.1"],
    ["stops at an open quote", { forwarded: 'for="6.6.6.6, for=10.1.1.1' }, "10.1.1.1"],
    ["stops at an element without for", { forwarded: "for=6.6.6.6, proto=https" }, "10.0.0.1"],
    [
      "believes two headers that agree",
      { forwardedFor: "198.51.100.1", forwarded: "for=198.51.100.1" },
      "198.51.100.1",
    ],
    [
      "believes neither of two that differ",
      { forwardedFor: "198.51.100.1", forwarded: "for=6.6.6.6" },
      "10.0.0.1",
    ],
  ];

  for (const [why, sent, address] of cases) {
    test(`${why}: ${JSON.stringify(sent)}`, () => {
      expect(addressOf(sent)).toBe(address);
    });
  }

  test("trusts nothing if no proxy is listed", () => {
    expect(addressOf({ peer: "127.0.0.1", forwardedFor: "198.51.100.1" }, [])).toBe("127.0.0.1");
  });

  test("cannot be deceived by anything that a client sends ahead of the proxy's words", () => {
    const junk = fc.string({ unit: fc.constantFrom(...'for="\\;,: []10.6%\t'.split("")), maxLength: 40 });
    fc.assert(
      fc.property(junk, (sent) => {
        const client = "198.51.100.1";
        expect(addressOf({ forwardedFor: `${sent}, ${client}` })).toBe(client);
        expect(addressOf({ forwarded: `${sent}, for=${client}` })).toBe(client);
        expect(addressOf({ forwardedFor: client, forwarded: sent })).toBeOneOf([client, "10.0.0.1"]);
      }),
    );
  });

  test("reports a peer once that is not trusted and names an address", () => {
    const peers: string[] = [];
    const addressOfPeer = createClientAddress([], { onDisbelief: (peer) => peers.push(peer) });
    for (const header of ["accept", "x-forwarded-for", "forwarded"])
      addressOfPeer("10.0.0.9", new Headers({ [header]: "1.2.3.4" }));
    expect(peers).toEqual(["10.0.0.9"]);
  });

  test("follows at most 32 proxies of a header that repeats one", () => {
    expect(addressOf({ forwardedFor: `6.6.6.6${", 10.1.1.1".repeat(40)}` })).toBe("10.1.1.1");
  });
});

describe("readAddressRanges()", () => {
  for (const text of [
    "",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0/8",
    "example.com",
    "::/129",
    "10.0.0.1/8/8",
    "toString",
  ]) {
    test(`gives null for ${JSON.stringify(text)}`, () => {
      expect(readAddressRanges(text)).toBeNull();
    });
  }

  test("reads a block of IPv4 that is written in IPv6", () => {
    expect(addressOf({ forwardedFor: "6.6.6.6" }, ["::ffff:10.0.0.0/104"])).toBe("6.6.6.6");
    expect(readAddressRanges("::ffff:10.0.0.0/90")).toBeNull();
  });

  test("knows the words for this machine and for internal networks", () => {
    for (const peer of ["10.1.1.1", "172.31.0.1", "192.168.3.4", "fd00::1"])
      expect(addressOf({ peer, forwardedFor: "6.6.6.6" }, ["private"])).toBe("6.6.6.6");
    for (const peer of ["127.0.0.1", "172.32.0.1", "2001:db8::1"])
      expect(addressOf({ peer, forwardedFor: "6.6.6.6" }, ["private"])).toBe(peer);
  });
});

describe("addressGroup()", () => {
  const groups: readonly (readonly [address: string, group: string])[] = [
    ["198.51.100.1", "198.51.100.1"],
    ["2001:db8:2:3:4:5:6:7", "2001:db8:2:3::/64"],
    ["2001:db8:2:3:ffff::1", "2001:db8:2:3::/64"],
    ["::ffff:198.51.100.1", "198.51.100.1"],
    ["unknown", "unknown"],
  ];
  for (const [address, group] of groups) {
    test(`counts ${address} as ${group}`, () => {
      expect(addressGroup(address)).toBe(group);
    });
  }
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { classifyAddress } from "./address_class.ts";

/** The blocks of both IANA special registries that are not globally reachable, and multicast, copied from there. */
const SPECIAL_BLOCKS = [
  ..."0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24".split(
    " ",
  ),
  ..."192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4".split(
    " ",
  ),
  ..."::/128 ::1/128 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/32 2001:2::/48 2001:db8::/32".split(
    " ",
  ),
  ..."2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8 ::/96 4000::/3 8000::/2".split(" "),
];

for (const block of SPECIAL_BLOCKS) {
  test(`classifyAddress() finds no public address in ${block}`, () => {
    fc.assert(fc.property(addressIn(block), (address) => classifyAddress(address) !== "public"));
  });
}

test("classifyAddress() knows public addresses", () => {
  const addresses =
    "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.215.14 100.63.255.255 100.128.0.0 172.15.255.255".split(
      " ",
    );
  addresses.push(
    ..."172.32.0.0 192.167.255.255 223.255.255.255 2606:4700::1111 2a00:1450:4001::8a 2001:4860:4860::8888".split(
      " ",
    ),
  );
  expect(addresses.filter((address) => classifyAddress(address) !== "public")).toEqual([]);
});

test("classifyAddress() tells internal networks from addresses that must never be contacted", () => {
  const local = ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.1", "100.64.0.1", "::1", "fd12::1"];
  expect(local.filter((address) => classifyAddress(address) !== "local")).toEqual([]);
  const forbidden = [
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
  ];
  forbidden.push(
    "0.0.0.0",
    "255.255.255.255",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::",
  );
  forbidden.push("", "example.com", "1.2.3.4.5", "1.2.3.4/8");
  expect(forbidden.filter((address) => classifyAddress(address) !== "forbidden")).toEqual([]);
});

/** Arbitrary addresses of a block, with random bits after its prefix. */
function addressIn(block: string): fc.Arbitrary<string> {
  const [network = "", length = ""] = block.split("/");
  const isV4 = network.includes(".");
  const size = isV4 ? 32 : 128;
  const host = BigInt(size - Number(length));
  return fc
    .bigInt(0n, (1n << host) - 1n)
    .map((bits) => (isV4 ? writeV4 : writeV6)((isV4 ? readV4(network) : readV6(network)) | bits));
}

function readV4(text: string): bigint {
  return text.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function readV6(text: string): bigint {
  const [head = "", tail = ""] = text
    .split("::")
    .map((half) => half.split(":").filter((part) => part !== ""));
  const parts = [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
  return parts.reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n);
}

function writeV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
}

function writeV6(value: bigint): string {
  return [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n]
    .map((shift) => ((value >> shift) & 0xffffn).toString(16))
    .join(":");
}

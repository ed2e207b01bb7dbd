import { describe, expect, test } from "bun:test";
import { hostNameOf, isAddress } from "./host_name.ts";

describe("hostNameOf()", () => {
  const names: readonly (readonly [host: string, name: string])[] = [
    ["localhost", "localhost"],
    ["LOCALHOST:3000", "localhost"],
    ["images.example.com.:443", "images.example.com"],
    ["my_service:80", "my_service"],
    ["127.0.0.1:3000", "127.0.0.1"],
    ["0x7f.1", "127.0.0.1"],
    ["[::1]:3000", "[::1]"],
    ["[::ffff:10.0.0.1]", "[::ffff:a00:1]"],
  ];

  for (const [host, name] of names) {
    test(`gives ${name} for ${host}`, () => {
      expect(hostNameOf(host)).toBe(name);
    });
  }

  const unusable = [
    "",
    "a b",
    "user@x",
    "a#b",
    "a?b",
    "a/b",
    "a\\b",
    "a\tb",
    "a, b",
    "ex:80:80",
    "ex:",
    "ex:99999",
  ];

  for (const host of [...unusable, "[zz]", "[::1", "300.1.1.1", "é", "a%2fb", "a\u0001b"]) {
    test(`gives null for ${JSON.stringify(host)}, which is no host`, () => {
      expect(hostNameOf(host)).toBeNull();
    });
  }
});

describe("isAddress()", () => {
  test("is true for IPv4 and IPv6 addresses", () => {
    expect(["127.0.0.1", "10.0.0.5", "[::1]", "[fd00::1]"].filter((name) => !isAddress(name))).toEqual([]);
  });

  test("is false for names", () => {
    expect(["localhost", "127.0.0.1.evil.example", "1.2.3.4.5", "a.1.2.3.4"].filter(isAddress)).toEqual([]);
  });
});

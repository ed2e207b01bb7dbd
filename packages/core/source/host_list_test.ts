import { expect, test } from "bun:test";
import { HostList } from "./host_list.ts";

function listed(entries: readonly string[], ...urls: readonly string[]): readonly string[] {
  const list = new HostList(entries);
  return urls.filter((url) => list.has(new URL(url)));
}

test("HostList holds a host at every port, or at the one it names", () => {
  const urls = [
    "http://images.internal/",
    "https://images.internal:8443/x",
    "http://images.internal.evil.com/",
  ];
  expect(listed(["Images.INTERNAL"], ...urls)).toEqual(urls.slice(0, 2));
  expect(listed(["images.internal:8443"], ...urls)).toEqual(urls.slice(1, 2));
  expect(
    listed(["a.test:80", "b.test:443"], "http://a.test", "https://b.test", "https://a.test", "http://b.test"),
  ).toEqual(["http://a.test", "https://b.test"]);
});

test("HostList holds all names below a wildcard, but not the name itself nor an address", () => {
  const urls = [
    "http://a.example.com",
    "http://b.a.example.com",
    "http://example.com",
    "http://notexample.com",
  ];
  expect(listed(["*.example.com"], ...urls)).toEqual(urls.slice(0, 2));
  expect(listed(["*.example.com:81"], ...urls, "http://a.example.com:81")).toEqual([
    "http://a.example.com:81",
  ]);
});

test("HostList reads addresses in every spelling", () => {
  expect(listed(["127.0.0.1"], "http://0x7f.1", "http://2130706433", "http://127.0.0.2")).toHaveLength(2);
  expect(listed(["[0:0::1]:9000"], "http://[::1]:9000", "http://[::1]", "http://[::2]:9000")).toEqual([
    "http://[::1]:9000",
  ]);
});

test("HostList looks at the name as it is written and at nothing else in the URL", () => {
  const urls = [
    "http://evil.com/good.test",
    "http://evil.com?good.test",
    "http://good.test@evil.com",
    "http://evil.com#good.test",
  ];
  expect(listed(["good.test"], ...urls, "http://good.test.", "http://good.test/")).toEqual([
    "http://good.test/",
  ]);
});

test("HostList refuses texts that are not hosts", () => {
  const wrong = [
    "",
    "*",
    "*.",
    "a b",
    "http://a.test",
    "a.test/x",
    "u@a.test",
    "a.test:0x1",
    "a.test:65536",
    "*.1",
    "*.*.a",
    "::1",
  ];
  const taken = wrong.filter((entry) => {
    try {
      return new HostList([entry]);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      return false;
    }
  });
  expect(taken).toEqual([]);
});

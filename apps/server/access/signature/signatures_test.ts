import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hasSignature, splitSignature } from "./signed_target.ts";
import { Signatures } from "./signatures.ts";

const SECRET = "a secret of the server, of some length";
const signatures = new Signatures([SECRET]);
const EXP = 2_000_000_000;

const targets = fc
  .webUrl({ withQueryParameters: true })
  .map((url) => new URL(url))
  .map(({ pathname, search }) => pathname + search);

function accepts(method: string, target: string, of = signatures): boolean {
  const split = splitSignature(target);
  return split !== null && of.verify(method, split);
}

describe("Signatures", () => {
  test("accept every URL that they have signed, and name its parts", () => {
    const expiries = fc.option(fc.nat({ max: 9_999_999_999 }));
    fc.assert(
      fc.property(targets, expiries, fc.constantFrom("GET", "POST"), (target, exp, method) => {
        const signed = signatures.sign({ method, target }, { keyId: "k1", exp });
        expect(hasSignature(signed)).toBe(true);
        expect(accepts(method, signed)).toBe(true);
        expect(splitSignature(signed)).toMatchObject({ bare: target, exp, kid: "k1" });
      }),
    );
  });

  test("refuse a URL of which one byte is another", () => {
    const signed = signatures.sign(
      { method: "GET", target: "/images/a.webp?resize=1x2&v=3" },
      { keyId: "k1", exp: EXP },
    );
    for (let at = 0; at < signed.length; at++)
      for (const byte of "aZ09-_./?&=%+#") {
        const changed = signed.slice(0, at) + byte + signed.slice(at + 1);
        if (changed !== signed) expect([changed, accepts("GET", changed)]).toEqual([changed, false]);
      }
  });

  test("refuse a URL with a byte more or less", () => {
    const signed = signatures.sign({ method: "GET", target: "/images/a" }, { keyId: "k1", exp: EXP });
    for (let at = 0; at <= signed.length; at++) {
      const shorter = signed.slice(0, at) + signed.slice(at + 1);
      if (shorter !== signed) expect(accepts("GET", shorter)).toBe(false);
      for (const byte of "a0=&#%20/")
        expect(accepts("GET", signed.slice(0, at) + byte + signed.slice(at))).toBe(false);
    }
  });

  test("allow HEAD where they allow GET, and nothing else", () => {
    const signed = signatures.sign({ method: "GET", target: "/images" }, { keyId: "k1", exp: EXP });
    const token = signatures.sign({ method: "POST", target: "/images" }, { keyId: "k1", exp: EXP });
    const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    expect(methods.filter((method) => accepts(method, signed))).toEqual(["GET", "HEAD"]);
    expect(methods.filter((method) => accepts(method, token))).toEqual(["POST"]);
  });

  test("remember valid URLs as a whole, and no upload token", () => {
    const fresh = new Signatures([SECRET]);
    const url = fresh.sign({ method: "GET", target: "/images/a" }, { keyId: "k1", exp: EXP });
    const token = fresh.sign({ method: "POST", target: "/images" }, { keyId: "k1", exp: EXP });
    const wrong = url.replace("/images/a", "/images/b");
    expect(fresh.recall(url)).toBeNull();
    expect([accepts("GET", url, fresh), accepts("POST", token, fresh), accepts("GET", wrong, fresh)]).toEqual(
      [true, true, false],
    );
    expect([url, token, wrong].map((each) => fresh.recall(each)?.bare)).toEqual([
      "/images/a",
      undefined,
      undefined,
    ]);
    const known = fresh.recall(url);
    expect(known && [fresh.verify("HEAD", known), fresh.verify("POST", known)]).toEqual([true, false]);
  });

  test("of several secrets sign with the first, and verify with each", () => {
    const both = new Signatures(["a new secret of the server, as long", SECRET]);
    const request = { method: "GET", target: "/images/a" } as const;
    const older = signatures.sign(request, { keyId: "k1", exp: EXP });
    const newer = both.sign(request, { keyId: "k1", exp: EXP });
    expect([accepts("GET", older, both), accepts("GET", newer, both), accepts("GET", newer)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(both.secretOf("k1")).not.toBe(signatures.secretOf("k1"));
  });
});

describe("splitSignature()", () => {
  const SIG = "A".repeat(43);
  const TAIL = `exp=1&kid=k&sig=${SIG}`;
  const malformed = [
    `/a?kid=k&exp=1&sig=${SIG}`,
    `/a?${TAIL}&`,
    `/a?${TAIL}&v=1`,
    `/a?${TAIL}#x`,
    `/a#?${TAIL}`,
    `/a?exp=1&${TAIL}`,
    `/a?%65xp=1&${TAIL}`,
    `/a?kid=k&${TAIL}`,
    `/a?sig=${SIG}&${TAIL}`,
    `/a?s%69g=${SIG}&${TAIL}`,
    `/a&${TAIL}`,
    `/a?b?${TAIL}`,
    `/a?exp=01&kid=k&sig=${SIG}`,
    `/a?exp=-1&kid=k&sig=${SIG}`,
    `/a?exp=&kid=k&sig=${SIG}`,
    `/a?exp=1&kid=&sig=${SIG}`,
    `/a?exp=1&kid=k&sig=${SIG}=`,
    `/a?exp=1&kid=k&sig=${SIG.slice(1)}`,
    `/a?exp=1&sig=${SIG}`,
  ];

  test.each(malformed)("knows no signature in %s", (target) => {
    expect(splitSignature(target)).toBeNull();
  });

  test("needs no expiry and no other parameter", () => {
    const short = `/a?kid=k&sig=${SIG}`;
    expect(splitSignature(short)).toEqual({
      whole: short,
      text: "/a?kid=k",
      bare: "/a",
      exp: null,
      kid: "k",
      sig: SIG,
    });
    expect(splitSignature(`/a?b&${TAIL}`)).toMatchObject({ bare: "/a?b", exp: 1 });
  });
});

import { describe, expect, test } from "bun:test";
import { type AccessKey, ProgImageError, type Scope, SCOPES } from "@progimage/core";
import { keyFixture } from "@progimage/core/testing";
import type { Admission } from "../recogniser.ts";
import { builtInKeyId } from "./built_in_key.ts";
import { dropSignature } from "./drop_signature.ts";
import { createSignatureRecogniser, type SignatureRecogniserOptions } from "./signature_recogniser.ts";
import { Signatures } from "./signatures.ts";

const signatures = new Signatures(["the secret of the server under test"]);
const NOW = 2_000_000_000;
const SOON = NOW + 60;

function keyOf(changes: Partial<AccessKey> = {}): AccessKey {
  return keyFixture({ id: "k1", owner: "acme", scopes: SCOPES, ...changes });
}

function recogniserOf(
  keys: readonly AccessKey[] = [keyOf()],
  options: Partial<SignatureRecogniserOptions> = {},
) {
  const findKey = (id: string) => keys.find((key) => key.id === id) ?? null;
  return createSignatureRecogniser({ signatures, findKey, now: () => NOW * 1000, ...options });
}

function signed(
  target: string,
  { method = "GET" as "GET" | "POST", keyId = "k1", exp = SOON as number | null } = {},
) {
  return signatures.sign({ method, target }, { keyId, exp });
}

async function recognise(
  target: string,
  method = "GET",
  recogniser = recogniserOf(),
): Promise<Admission | null> {
  return await recogniser(new Request(`http://localhost${target}`, { method }));
}

/** Returns the reason of a refusal; `null` if there is none. */
async function reasonOf(...asked: Parameters<typeof recognise>): Promise<string | null> {
  const admission = await recognise(...asked);
  if (!(admission instanceof Error)) return null;
  expect(admission).toMatchObject({ name: "Refusal", code: "forbidden" });
  return admission.message.replace("Cannot answer as the signature of the URL ", "");
}

const INVALID = "is not valid";

describe("createSignatureRecogniser()", () => {
  test("recognises the tenant and the key of a signed URL, with the rights of the key to read", async () => {
    expect(await recognise(signed("/images/a?v=1"))).toEqual({
      tenant: "acme",
      scopes: new Set<Scope>(["images:read", "jobs:write", "recipes:run"]),
      by: "signature",
      keyId: "k1",
      signature: { id: null, expiresAt: SOON * 1000, bare: "/images/a?v=1" },
    });
    const recogniser = recogniserOf([keyOf({ scopes: ["images:read", "images:delete"] })]);
    expect(await recognise(signed("/images/a", { exp: null }), "HEAD", recogniser)).toMatchObject({
      scopes: new Set(["images:read"]),
      signature: { expiresAt: null },
    });
  });

  test("recognises an upload token, which can store and nothing else", async () => {
    const token = signed("/images?once=true", { method: "POST" });
    expect(await recognise(token, "POST")).toMatchObject({
      by: "token",
      tenant: "acme",
      scopes: new Set(["images:create"]),
      signature: {
        id: expect.stringMatching(/^[\w-]{43}$/),
        expiresAt: SOON * 1000,
        bare: "/images?once=true",
      },
    });
  });

  test("leaves requests without a signature to others, and remembered keys need no wait", () => {
    for (const target of ["/images", "/images?sig", "/images?v=1&signature=2", "/images/sig=3"])
      expect(recogniserOf()(new Request(`http://localhost${target}`))).toBeNull();
    expect(recogniserOf()(new Request(`http://localhost${signed("/images/a")}`))).not.toBeInstanceOf(Promise);
  });

  test("refuses a URL of which any byte is another", async () => {
    const url = signed("/images/a.webp?resize=1x2&v=3");
    const recogniser = recogniserOf([keyOf(), keyOf({ id: "k2" }), keyOf({ id: "kl" })]);
    for (let at = 1; at < url.length; at++)
      for (const byte of "12laZ-") {
        const changed = url.slice(0, at) + byte + url.slice(at + 1);
        if (changed === url) continue;
        const admission = await recognise(changed, "GET", recogniser);
        // A byte of "&sig=" leaves a URL without a signature, for others to judge.
        expect([changed, admission === null || admission instanceof Error]).toEqual([changed, true]);
        if (/[?&]sig=/.test(changed)) expect(admission).toBeInstanceOf(Error);
      }
  });

  const forged: readonly (readonly [why: string, of: (url: string) => string, method?: string])[] = [
    ["with its parameters in another order", (url) => url.replace("a=1&b=%2F", "b=%2F&a=1")],
    ["with a percent-encoding in lower case", (url) => url.replace("%2F", "%2f")],
    ["with a character that need not be encoded", (url) => url.replace("a=1", "a=%31")],
    ["with a plus sign for a space", (url) => url.replace("%20", "+")],
    ["with another path", (url) => url.replace("/images/x", "/images/y")],
    ["with a path that resolves to another", (url) => url.replace("/images/x", "/images/x/../y")],
    ["with a double slash", (url) => url.replace("/images/x", "/images//x")],
    ["with a path in front", (url) => `/base${url}`],
    ["with a later expiry", (url) => url.replace(`exp=${SOON}`, `exp=${SOON + 1}`)],
    ["without its expiry", (url) => url.replace(`exp=${SOON}&`, "")],
    ["with the key of another tenant", (url) => url.replace("kid=k1", "kid=k2")],
    ["with a built-in key", (url) => url.replace("kid=k1", "kid=rxjc.acme")],
    ["with a key that does not exist", (url) => url.replace("kid=k1", "kid=k3")],
    ["used to change something", (url) => url, "DELETE"],
    ["used to store something", (url) => url, "POST"],
    ["used with PUT", (url) => url, "PUT"],
  ];

  test.each(forged)("refuses a URL %s", async (_why, forge, method = "GET") => {
    const recogniser = recogniserOf([keyOf(), keyOf({ id: "k2", owner: "other" })]);
    const url = signed("/images/x?a=1&b=%2F&c=%20");
    expect(await reasonOf(url, "GET", recogniser)).toBeNull();
    expect(await reasonOf(forge(url), method, recogniser)).toBe(INVALID);
  });

  test("verifies the URL that the router sees: dot segments and quotes count as resolved and encoded", async () => {
    expect(
      await reasonOf(signed("/images/x?a=%27").replace("/images/x?a=%27", "/y/../images/%2e/x?a='")),
    ).toBeNull();
    const request = new Request("http://localhost/");
    Object.defineProperty(request, "url", { value: `/y/..${signed("/images/x")}`, configurable: true });
    expect(await recogniserOf()(request)).toMatchObject({
      by: "signature",
      signature: { bare: "/images/x" },
    });
  });

  test("says of a valid signature that it has expired, to the second", async () => {
    expect(await reasonOf(signed("/images/x", { exp: NOW + 1 }))).toBeNull();
    expect(await reasonOf(signed("/images/x", { exp: NOW }))).toBe("has expired");
    const other = new Signatures(["another secret, which the server does not have"]);
    expect(await reasonOf(other.sign({ method: "GET", target: "/images/x" }, { keyId: "k1", exp: 1 }))).toBe(
      INVALID,
    );
  });

  test("refuses a signature whose parameters are not the last ones, each once", async () => {
    const url = signed("/images/x");
    for (const target of [
      `${url}&v=1`,
      `${url}#a`,
      url.replace("?", `?kid=k1&`),
      url.replace("?", "?e%78p=1&"),
      "/a?sig=1",
    ])
      expect(await reasonOf(target)).toStartWith("must be its last parameters");
  });

  test("refuses the signatures of a key that is revoked or has expired", async () => {
    for (const changes of [{ revokedAt: 1 }, { expiresAt: NOW * 1000 }, { revokedAt: 1, expiresAt: 1 }])
      expect(await reasonOf(signed("/images/x"), "GET", recogniserOf([keyOf(changes)]))).toBe(INVALID);
    expect(
      await reasonOf(signed("/images/x"), "GET", recogniserOf([keyOf({ expiresAt: NOW * 1000 + 1 })])),
    ).toBeNull();
  });

  test("refuses upload tokens without a near expiry, at other paths, by a key that cannot store, and as a URL", async () => {
    const token = (options: { exp?: number | null; path?: string } = {}) => {
      const { exp = SOON, path = "/images" } = options;
      return signed(path, { method: "POST", exp });
    };
    expect(await reasonOf(token({ exp: null }), "POST")).toBe("must end within 604800 seconds");
    expect(await reasonOf(token({ exp: NOW + 604_801 }), "POST")).toBe("must end within 604800 seconds");
    expect(await reasonOf(token({ exp: NOW + 604_800 }), "POST")).toBeNull();
    expect(await reasonOf(token({ path: "/images/bulk" }), "POST")).toBe("is not valid at this path");
    const reader = recogniserOf([keyOf({ scopes: ["images:read"] })]);
    expect(await reasonOf(token(), "POST", reader)).toBe("is by a key without the scope images:create");
    expect(await reasonOf(token(), "GET")).toBe(INVALID);
  });

  test("takes the rights of a built-in key from its id", async () => {
    const kid = (tenant: string, scopes: readonly Scope[]) => builtInKeyId(tenant, new Set(scopes));
    const reading = signed("/images/x", {
      keyId: kid("acme", ["images:read", "admin", "server", "images:delete"]),
    });
    expect(reading).toContain("&kid=r.acme&");
    expect(await recognise(reading)).toMatchObject({ tenant: "acme", scopes: new Set(["images:read"]) });
    expect(await recognise(signed("/images/x", { keyId: kid("", SCOPES) }))).toMatchObject({ tenant: "" });
    expect(await reasonOf(reading.replace("kid=r.acme", "kid=rx.acme"))).toBe(INVALID);
    expect(await reasonOf(signed("/images/x", { keyId: "xr.acme" }))).toBe(INVALID);
  });

  test("fails while the key is unknown, and lets no caller in", async () => {
    const away = new ProgImageError("unavailable", "Cannot look the key up");
    const recogniser = recogniserOf([], { findKey: () => Promise.reject(away) });
    await expect(recognise(signed("/images/x"), "GET", recogniser)).rejects.toBe(away);
  });

  test("looks no key up for a forged signature", async () => {
    const asked: string[] = [];
    const recogniser = recogniserOf([], { findKey: (id) => (asked.push(id), null) });
    const forged = signed("/images/x").replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    for (const url of [forged, forged.replace("kid=k1", "kid=k2"), forged.replace("/x", "/y")])
      expect(await reasonOf(url, "GET", recogniser)).toBe(INVALID);
    expect(asked).toEqual([]);
    expect(await reasonOf(signed("/images/x"), "GET", recogniser)).toBe(INVALID);
    expect(asked).toEqual(["k1"]);
  });
});

describe("dropSignature()", () => {
  test("leaves the verified part of the URL", () => {
    for (const [target, bare] of [
      [signed("/images/x?a=1&b"), "/images/x?a=1&b"],
      [signed("/images/x", { exp: null }), "/images/x"],
      ["/images/x?sig=1", "/images/x?sig=1"],
      ["/images/x?a", "/images/x?a"],
    ] as const) {
      const request = new Request(`http://localhost${target}`);
      dropSignature(request);
      expect(request.url).toBe(`http://localhost${bare}`);
    }
  });
});

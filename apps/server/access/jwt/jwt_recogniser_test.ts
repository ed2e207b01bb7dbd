import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { createJwtRecogniser, type JwtRecogniserParts, type JwtSettings } from "./jwt_recogniser.ts";

const NOW = 2_000_000_000_000;
const SECONDS = NOW / 1000;

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

interface IssuedKey extends KeyPair {
  readonly kid: string;
  readonly alg: string;
}

async function keyOf(kid: string, alg: string): Promise<IssuedKey> {
  return { ...(await generateKeyPair(alg, { extractable: true })), kid, alg };
}

const RSA = await keyOf("rsa", "RS256");
const EC = await keyOf("ec", "ES256");
const ED = await keyOf("ed", "EdDSA");

/** Starts an issuer of tokens, and a recogniser that trusts it, with their clocks. */
function startIssuer(settings: Partial<JwtSettings> = {}, parts: Partial<JwtRecogniserParts> = {}) {
  const state = {
    keys: [RSA, EC, ED],
    now: NOW,
    elapsed: 0,
    fetches: 0,
    failures: [] as unknown[],
    answer: null as (() => Response) | null,
  };
  const server = Bun.serve({
    port: 0,
    async fetch() {
      state.fetches += 1;
      const publish = async ({ publicKey, kid, alg }: IssuedKey) => ({
        ...(await exportJWK(publicKey)),
        kid,
        alg,
        use: "sig",
      });
      return state.answer?.() ?? Response.json({ keys: await Promise.all(state.keys.map(publish)) });
    },
  });
  const recognise = createJwtRecogniser(
    {
      jwksUrl: new URL("/jwks.json", server.url).href,
      jwtIssuer: "https://login.example.com",
      jwtAudience: "images",
      jwtTenantClaim: "org",
      jwtScopesClaim: "scope",
      ...settings,
    },
    {
      now: () => state.now,
      elapsed: () => state.elapsed,
      onFailure: (reason) => void state.failures.push(reason),
      ...parts,
    },
  );
  const send = (token: string, scheme = "Bearer") =>
    recognise(new Request("http://localhost/", { headers: { authorization: `${scheme} ${token}` } }));
  return { state, send, [Symbol.asyncDispose]: () => server.stop(true) };
}

const CLAIMS = {
  iss: "https://login.example.com",
  aud: "images",
  exp: SECONDS + 3_600,
  org: "acme",
  scope: "openid images:read recipes:run",
};

async function tokenOf(changes: JWTPayload = {}, key: IssuedKey = RSA): Promise<string> {
  const header = { alg: key.alg, kid: key.kid };
  return await new SignJWT({ ...CLAIMS, ...changes }).setProtectedHeader(header).sign(key.privateKey);
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

const ACME = { tenant: "acme", scopes: new Set(["images:read", "recipes:run"]), by: "jwt", keyId: null };

const INVALID = (reason: string) => ({
  name: "Refusal",
  code: "unauthenticated",
  message: `Cannot recognise the caller as its token must be valid: ${reason}`,
});

describe("createJwtRecogniser()", () => {
  test("recognises tenant and scopes of a token by RS256, ES256 and EdDSA", async () => {
    await using issuer = startIssuer();
    for (const key of [RSA, EC, ED]) expect(await issuer.send(await tokenOf({}, key))).toEqual(ACME as never);
    expect(issuer.state.fetches).toBe(1);
  });

  test("leaves keys, and anything but Bearer, to others", async () => {
    await using issuer = startIssuer();
    const token = await tokenOf();
    expect([issuer.send("pi_abc_def"), issuer.send(token, "Basic"), issuer.send(`${token} x`)]).toEqual([
      null,
      null,
      null,
    ]);
  });

  const refused: readonly (readonly [why: string, make: () => Promise<string>, reason: string])[] = [
    ["of another issuer", () => tokenOf({ iss: "https://evil.example" }), "its claim iss is another"],
    ["without an issuer", () => tokenOf({ iss: undefined }), "it has no claim iss"],
    ["for another audience", () => tokenOf({ aud: ["mail", "imagesx"] }), "its claim aud is another"],
    ["without an audience", () => tokenOf({ aud: undefined }), "it has no claim aud"],
    ["that has expired", () => tokenOf({ exp: SECONDS - 11 }), "it has expired"],
    ["without an end", () => tokenOf({ exp: undefined }), "it has no claim exp"],
    ["that is not valid yet", () => tokenOf({ nbf: SECONDS + 11 }), "its claim nbf is another"],
    ["without a tenant", () => tokenOf({ org: undefined }), "it has no text as claim org"],
    ["of an empty tenant", () => tokenOf({ org: "" }), "it has no text as claim org"],
    ["of several tenants", () => tokenOf({ org: ["acme"] as never }), "it has no text as claim org"],
    [
      "with another algorithm",
      async () => tokenOf({}, await keyOf("rsa", "PS256")),
      "its algorithm must be one of RS256, ES256, EdDSA",
    ],
    [
      "by another key under a known id",
      async () => tokenOf({}, await keyOf("rsa", "RS256")),
      "its signature is wrong",
    ],
    [
      "by an unknown key",
      async () => tokenOf({}, await keyOf("other", "RS256")),
      "its issuer has no such key",
    ],
    [
      "with the algorithm of another key",
      async () => tokenOf({}, { ...EC, kid: "rsa" }),
      "its issuer has no such key",
    ],
    ["that is cut", async () => (await tokenOf()).slice(0, -3), "its signature is wrong"],
    ["that is no token", async () => "a.b.c", "it is malformed"],
    ["that is a word", async () => "secret", "it is malformed"],
  ];

  for (const [why, make, reason] of refused) {
    test(`refuses a token ${why}`, async () => {
      await using issuer = startIssuer();
      expect(await issuer.send(await make())).toMatchObject(INVALID(reason));
    });
  }

  test("refuses a token without a signature, and one whose secret is the public key", async () => {
    await using issuer = startIssuer();
    const algorithm = INVALID("its algorithm must be one of RS256, ES256, EdDSA");
    const none = `${encoded({ alg: "none" })}.${encoded(CLAIMS)}.`;
    expect(await issuer.send(none)).toMatchObject(algorithm);
    for (const secret of [await exportSPKI(RSA.publicKey), JSON.stringify(await exportJWK(RSA.publicKey))]) {
      const text = `${encoded({ alg: "HS256", kid: "rsa" })}.${encoded(CLAIMS)}`;
      const signature = createHmac("sha256", secret).update(text).digest("base64url");
      expect(await issuer.send(`${text}.${signature}`)).toMatchObject(algorithm);
    }
  });

  test("refuses a token with a key in its own header", async () => {
    await using issuer = startIssuer();
    const own = await keyOf("own", "ES256");
    const header = { alg: "ES256", kid: "own", jwk: await exportJWK(own.publicKey) };
    const token = await new SignJWT(CLAIMS).setProtectedHeader(header).sign(own.privateKey);
    expect(await issuer.send(token)).toMatchObject(INVALID("its issuer has no such key"));
  });

  test("tolerates clocks that differ by some seconds", async () => {
    await using issuer = startIssuer();
    expect(await issuer.send(await tokenOf({ exp: SECONDS - 9, nbf: SECONDS + 9 }))).toEqual(ACME as never);
  });

  const scopes: readonly (readonly [claim: unknown, scopes: readonly string[]])[] = [
    [undefined, []],
    ["images:read admin server", ["images:read"]],
    [["images:create", "admin", 7, "images:readx"], ["images:create"]],
    [{ "images:read": true }, []],
    ["IMAGES:READ images:read,images:write", []],
  ];

  for (const [claim, expected] of scopes) {
    test(`gives the scopes ${JSON.stringify(expected)} for the claim ${JSON.stringify(claim)}`, async () => {
      await using issuer = startIssuer({ jwtScopesClaim: "permissions" });
      const caller = await issuer.send(await tokenOf({ permissions: claim }));
      expect(caller).toEqual({ ...ACME, scopes: new Set(expected) } as never);
    });
  }

  test("gives tokens to the first tenant if no claim names one", async () => {
    await using issuer = startIssuer({ jwtTenantClaim: "" });
    expect(await issuer.send(await tokenOf())).toMatchObject({ tenant: "" });
  });

  test("remembers a token for a minute, and not beyond its end", async () => {
    await using issuer = startIssuer();
    const token = await tokenOf();
    const short = await tokenOf({ exp: SECONDS + 30 });
    await Promise.all([issuer.send(token), issuer.send(short)]);
    expect(issuer.send(token)).toEqual(ACME as never);
    issuer.state.now += 41_000;
    expect(await issuer.send(short)).toMatchObject(INVALID("it has expired"));
    issuer.state.now += 20_000;
    expect(issuer.send(token)).toBeInstanceOf(Promise);
  });
});

describe("createJwtRecogniser() and the keys of the issuer", () => {
  test("fetches an unknown key, at most once a minute", async () => {
    await using issuer = startIssuer();
    await issuer.send(await tokenOf());
    const next = await keyOf("next", "ES256");
    issuer.state.keys = [next];
    const token = await tokenOf({}, next);
    issuer.state.elapsed = 59_000;
    expect(await issuer.send(token)).toMatchObject(INVALID("its issuer has no such key"));
    expect(issuer.state.fetches).toBe(1);
    issuer.state.elapsed = 60_000;
    const sent = await Promise.all([issuer.send(token), issuer.send(token), issuer.send(token)]);
    expect(sent).toEqual([ACME, ACME, ACME] as never);
    expect(issuer.state.fetches).toBe(2);
    expect(await issuer.send(await tokenOf({ jti: "1" }))).toMatchObject(
      INVALID("its issuer has no such key"),
    );
  });

  test("forgets a key that was withdrawn, after five minutes", async () => {
    await using issuer = startIssuer();
    await issuer.send(await tokenOf());
    issuer.state.keys = [EC];
    issuer.state.elapsed = 300_001;
    await issuer.send(await tokenOf({ jti: "1" }, EC));
    await issuer.send(await tokenOf({ jti: "2" }, await keyOf("unknown", "ES256")));
    expect(await issuer.send(await tokenOf({ jti: "3" }))).toMatchObject(
      INVALID("its issuer has no such key"),
    );
  });

  const outages: readonly (readonly [what: string, answer: () => Response])[] = [
    ["fails", () => new Response("down", { status: 500 })],
    ["redirects", () => Response.redirect("http://localhost/elsewhere")],
    ["sends no JSON", () => new Response("<html>")],
    ["sends no set of keys", () => Response.json({ keys: "none" })],
    ["sends too much", () => Response.json({ keys: [], padding: "x".repeat(600_000) })],
  ];

  for (const [what, answer] of outages) {
    test(`goes on with known keys for an hour if the issuer ${what}, and says so`, async () => {
      await using issuer = startIssuer();
      issuer.state.answer = answer;
      const unavailable = { name: "ProgImageError", code: "unavailable", details: { retryAfter: 10 } };
      expect(await issuer.send(await tokenOf())).toMatchObject(unavailable);
      issuer.state.answer = null;
      issuer.state.elapsed += 9_000;
      expect(await issuer.send(await tokenOf())).toMatchObject(unavailable);
      issuer.state.elapsed += 1_000;
      expect(await issuer.send(await tokenOf())).toEqual(ACME as never);
      issuer.state.answer = answer;
      issuer.state.elapsed += 3_600_000;
      expect(await issuer.send(await tokenOf({ jti: "1" }))).toEqual(ACME as never);
      expect(await issuer.send(await tokenOf({}, await keyOf("new", "RS256")))).toMatchObject(unavailable);
      issuer.state.elapsed += 1;
      expect(await issuer.send(await tokenOf({ jti: "2" }))).toMatchObject(unavailable);
      expect(issuer.state.failures.length).toBeGreaterThan(1);
    });
  }
});

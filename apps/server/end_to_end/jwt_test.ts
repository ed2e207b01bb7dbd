import { afterAll, beforeAll, expect, test } from "bun:test";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { type KeyedServer, startKeyed } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const ISSUER = "https://login.example.com";

let issuer: ReturnType<typeof Bun.serve>;
let keyed: KeyedServer;

beforeAll(async () => {
  const keys = [{ ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" }];
  issuer = Bun.serve({ port: 0, fetch: () => Response.json({ keys }) });
  keyed = await startKeyed({
    settings: {
      PROGIMAGE_JWKS_URL: issuer.url.href,
      PROGIMAGE_JWT_ISSUER: ISSUER,
      PROGIMAGE_JWT_AUDIENCE: "images",
      PROGIMAGE_JWT_TENANT_CLAIM: "org",
    },
  });
  for (const id of ["acme", "beta"]) {
    const made = await keyed.ask("/tenants", { key: keyed.admin, method: "POST", body: { id } });
    if (made.status !== 201) throw new Error(`Cannot make a tenant: ${await made.text()}`);
  }
});
afterAll(async () => {
  await keyed[Symbol.asyncDispose]();
  await issuer.stop(true);
});

async function tokenOf(claims: JWTPayload): Promise<string> {
  return await new SignJWT({ iss: ISSUER, aud: "images", org: "acme", ...claims })
    .setProtectedHeader({ alg: "ES256", kid: "k" })
    .setExpirationTime("1h")
    .sign(privateKey);
}

test("a JSON Web Token allows what its scopes say, and its tenant's things only", async () => {
  const { ask } = keyed;
  const creator = await tokenOf({ scope: "images:create" });
  const body = Uint8Array.from(await noise(1));
  const stored = await ask("/images", { key: creator, method: "POST", body });
  expect(stored.status).toBe(201);
  const { id } = (await stored.json()) as { readonly id: string };
  const reader = await tokenOf({ scope: "openid images:read" });
  const statusOf = async (path: string, key: string, method = "GET") =>
    (await ask(path, { key, method })).status;
  expect(await statusOf(`/images/${id}/info`, reader)).toBe(200);
  expect(await statusOf(`/images/${id}`, reader, "DELETE")).toBe(403);
  const admin = await tokenOf({ scope: "admin server images:read" });
  for (const path of ["/keys", "/tenants"]) expect(await statusOf(path, admin)).toBe(403);
  expect(await statusOf(`/images/${id}/info`, await tokenOf({}))).toBe(403);
  const other = await tokenOf({ org: "beta", scope: "images:read" });
  expect(await statusOf(`/images/${id}/info`, other)).toBe(404);
});

test("a JSON Web Token of an unknown tenant, or for another server, is a 401 with its reason", async () => {
  const scope = "images:read";
  for (const [claims, reason] of [
    [{ org: "nowhere", scope }, /no such tenant/],
    [{ aud: "mail", scope }, /aud/],
    [{ org: undefined, scope }, /org/],
    [{ org: "", scope }, /org/],
  ] as const) {
    const response = await keyed.ask("/images", { key: await tokenOf(claims) });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
    expect(((await response.json()) as { readonly detail: string }).detail).toMatch(reason);
  }
});

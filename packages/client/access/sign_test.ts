import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ProgImage, sign, uploadToken } from "../mod.ts";
import { signFor } from "./sign.ts";

interface Vector {
  readonly name: string;
  readonly method: "GET" | "POST";
  readonly keyId: string;
  readonly signingSecret: string;
  readonly exp: number | null;
  readonly path: string;
  readonly signed: string;
}

const VECTORS = join(import.meta.dir, "../../../apps/server/access/signature/signature_vectors.json");
const { vectors } = (await Bun.file(VECTORS).json()) as { readonly vectors: readonly Vector[] };

const KEY = { keyId: "k7Qf2b", secret: "pis_WCATsO7WYINJgCOU2LfsUm1dTwRX6Mf7R01mURMa_XU" };
const BASE = "https://example.com/pictures";

describe("sign()", () => {
  for (const { name, method, keyId, signingSecret, exp, path, signed } of vectors) {
    test(`signs as the server's vectors say: ${name}`, async () => {
      const expiresAt = exp === null ? undefined : new Date(exp * 1000 + 999);
      const options = { keyId, secret: signingSecret, expiresAt };
      expect(await signFor(method, `https://example.com${path}`, options)).toBe(
        `https://example.com${signed}`,
      );
      const below = { ...options, baseUrl: `${BASE}/` };
      expect(await signFor(method, BASE + path, below)).toBe(BASE + signed);
    });
  }

  test("signs the URL of an image, for some seconds from now", async () => {
    const client = new ProgImage({ baseUrl: BASE });
    const url = client
      .image("01926f5e-7c3b-7d2a-9c1e-0f2b6a4d8e10")
      .thumbnail({ width: 9, height: 9 })
      .webp()
      .url();
    const before = Math.floor(Date.now() / 1000);
    const signed = await sign(url, { ...KEY, baseUrl: BASE, expiresIn: 60 });
    expect(signed).toStartWith(`${url}&exp=`);
    const exp = Number(new URL(signed).searchParams.get("exp"));
    expect(exp - before).toBeWithin(60, 63);
  });

  test("refuses URLs that are elsewhere or signed, and times that have no sense", async () => {
    const url = `${BASE}/images/a`;
    for (const wrong of [
      "https://example.com/other/a",
      "https://evil.example/pictures/a",
      `${url}?sig=a`,
      `${url}?s%69g`,
    ])
      await expect(sign(wrong, { ...KEY, baseUrl: BASE })).rejects.toBeInstanceOf(TypeError);
    for (const expiresIn of [0, -1, Number.NaN, Infinity])
      await expect(sign(url, { ...KEY, expiresIn })).rejects.toBeInstanceOf(RangeError);
    await expect(sign(url, { ...KEY, expiresAt: new Date(Number.NaN) })).rejects.toBeInstanceOf(RangeError);
    await expect(sign(url, { ...KEY, expiresIn: 1, expiresAt: new Date() })).rejects.toBeInstanceOf(
      TypeError,
    );
  });
});

describe("uploadToken()", () => {
  test("has its terms and the attributes of the image in its query", async () => {
    const upload = {
      maxBytes: 5_000_000,
      formats: ["jpeg", "png"],
      once: true,
      tags: ["a b", "é"],
      metadata: { user: 7 },
    } as const;
    const exp = Math.floor(Date.now() / 1000) + 60;
    const expiresAt = new Date(exp * 1000);
    const token = await uploadToken({ ...KEY, baseUrl: `${BASE}/`, expiresAt, upload });
    const query =
      "maxBytes=5000000&formats=jpeg&formats=png&once=true&tags=a+b&tags=%C3%A9&metadata=%7B%22user%22%3A7%7D";
    expect(token).toStartWith(`${BASE}/images?${query}&exp=${exp}&kid=k7Qf2b&sig=`);
    expect(new URL(token).href).toBe(token);
  });

  test("refuses a life of more than a week, which no server accepts", async () => {
    const week = 604_800;
    const later = (seconds: number) => ({ expiresAt: new Date(Date.now() + seconds * 1000) });
    for (const life of [{ expiresIn: week + 1 }, { expiresIn: Infinity }, later(week + 60)])
      await expect(uploadToken({ ...KEY, baseUrl: BASE, ...life })).rejects.toThrow(
        /^Cannot make .* within a week/,
      );
    for (const life of [{ expiresIn: week }, later(week - 1)])
      expect(await uploadToken({ ...KEY, baseUrl: BASE, ...life })).toContain("exp=");
    const both = { expiresIn: 1, expiresAt: new Date() };
    await expect(uploadToken({ ...KEY, baseUrl: BASE, ...both })).rejects.toBeInstanceOf(TypeError);
  });

  test("ends after ten minutes by default", async () => {
    const token = new URL(await uploadToken({ ...KEY, baseUrl: BASE }));
    expect(token.pathname).toBe("/pictures/images");
    expect(Number(token.searchParams.get("exp")) - Date.now() / 1000).toBeWithin(590, 602);
  });
});

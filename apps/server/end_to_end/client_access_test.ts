import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  AuthenticationError,
  ConflictError,
  InvalidIdError,
  NotFoundError,
  PermissionError,
  ProgImage,
  sign,
  TooLargeError,
  uploadTo,
  uploadToken,
} from "@progimage/client";
import { signingSecretOf } from "../access/signature/signing_secret.ts";
import { type KeyedServer, SECRET, startKeyed } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";

let keyed: KeyedServer;
let client: ProgImage;
let admin: ProgImage;
let signing: { readonly baseUrl: string; readonly keyId: string; readonly secret: string };

beforeAll(async () => {
  keyed = await startKeyed({ settings: { PROGIMAGE_SECRET: SECRET } });
  const baseUrl = keyed.server.url;
  const { id, key } = await keyed.makeKey("images:create", "images:read", "recipes:run");
  signing = { baseUrl, keyId: id, secret: signingSecretOf(SECRET, id) };
  client = new ProgImage({ baseUrl, key });
  admin = new ProgImage({ baseUrl, key: keyed.admin });
});
afterAll(async () => {
  await keyed[Symbol.asyncDispose]();
});

const photo = async (seed: number) => new Blob([Uint8Array.from(await noise(seed))], { type: "image/jpeg" });

test("ProgImage sends its key, and throws for callers without one or without the right", async () => {
  const { id } = await client.images.upload(await photo(1));
  expect(await client.images.find(id)).toMatchObject({ id });
  await expect(client.images.delete(id)).rejects.toBeInstanceOf(PermissionError);
  const stranger = new ProgImage({ baseUrl: signing.baseUrl });
  await expect(stranger.images.list().page()).rejects.toBeInstanceOf(AuthenticationError);
});

test("sign() opens a picture to strangers, and nothing beside it", async () => {
  const image = await client.images.upload(await photo(2));
  const url = client
    .image(image)
    .thumbnail({ width: 20, height: 20 })
    .text({ text: "a+b ü 'q'" })
    .webp()
    .url();
  const signed = await sign(url, { ...signing, expiresIn: 60 });
  expect((await fetch(signed)).status).toBe(200);
  expect((await fetch(signed.replace("20x20", "21x21"))).status).toBe(403);
  expect((await fetch(signed, { method: "POST" })).status).toBe(403);
});

test("uploadTo() stores one image by a token, and no second one", async () => {
  const upload = {
    once: true,
    maxBytes: 1_000_000,
    formats: ["jpeg"],
    tags: ["a b"],
    metadata: { user: 7 },
  } as const;
  const token = await uploadToken({ ...signing, upload });
  const image = await uploadTo(token, await photo(3));
  expect(image).toMatchObject({ tags: ["a b"], metadata: { user: 7 }, format: "jpeg" });
  await expect(uploadTo(token, await photo(4))).rejects.toBeInstanceOf(ConflictError);
  const small = await uploadToken({ ...signing, upload: { maxBytes: 100 } });
  await expect(uploadTo(small, await photo(5))).rejects.toBeInstanceOf(TooLargeError);
});

test("ProgImage.sign() has the server sign URLs of images and paths", async () => {
  const image = await client.images.upload(await photo(6));
  const url = client.image(image).webp().url();
  const signed = await client.sign(url, { expiresIn: 60 });
  expect(signed).toStartWith(`${url}&exp=`);
  const others = await client.sign([new URL(url), `/images/${image.id}`], {
    expiresAt: new Date(Date.now() + 60_000),
  });
  expect(others).toHaveLength(2);
  for (const each of [signed, ...others]) expect((await fetch(each)).status).toBe(200);
  await expect(client.sign("/keys")).rejects.toBeInstanceOf(PermissionError);
  await expect(client.sign(url, { expiresIn: 0 })).rejects.toMatchObject({ parameter: "expiresIn" });
});

test("ProgImage.uploadToken() has the server make a token", async () => {
  const terms = {
    once: true,
    formats: ["jpeg"],
    tags: ["new"],
    metadata: { user: 8 },
    expiresIn: 60,
  } as const;
  const token = await client.uploadToken(terms, { expiresIn: 30 });
  const image = await uploadTo(token, await photo(7));
  expect(image).toMatchObject({ tags: ["new"], metadata: { user: 8 }, expiresAt: expect.any(String) });
  await expect(uploadTo(token, await photo(8))).rejects.toBeInstanceOf(ConflictError);
});

test("Keys makes, lists and revokes keys, also of another tenant", async () => {
  const expiresAt = new Date("2100-01-01T00:00:00Z");
  const made = await admin.keys.create({ scopes: ["images:read"], label: "reader", expiresAt });
  expect(made).toMatchObject({
    scopes: ["images:read"],
    label: "reader",
    expiresAt: expiresAt.toISOString(),
  });
  const reader = new ProgImage({ baseUrl: signing.baseUrl, key: made.key });
  expect((await reader.images.list().page()).items).toBeArray();
  const listed = await Array.fromAsync(admin.keys.list({ limit: 1 }));
  expect(listed.map(({ id }) => id)).toContain(made.id);
  expect(await admin.keys.revoke(made.id)).toMatchObject({ id: made.id, revokedAt: expect.any(String) });
  await expect(reader.images.list().page()).rejects.toBeInstanceOf(AuthenticationError);
  await expect(admin.keys.revoke("none")).rejects.toBeInstanceOf(NotFoundError);
  await expect(admin.keys.revoke("../images")).rejects.toBeInstanceOf(InvalidIdError);
  await expect(reader.keys.list().page()).rejects.toBeInstanceOf(AuthenticationError);
  await admin.tenants.create({ id: "keyed" });
  const other = await admin.keys.create({ scopes: ["images:read"], tenant: "keyed" });
  expect((await admin.keys.list({ tenant: "keyed" }).page()).items).toMatchObject([{ id: other.id }]);
  await expect(admin.keys.revoke(other.id)).rejects.toBeInstanceOf(NotFoundError);
  expect(await admin.keys.revoke(other.id, { tenant: "keyed" })).toMatchObject({ tenant: "keyed" });
});

test("Tenants makes, changes, lists and removes tenants, and usage() shows the use of the caller's", async () => {
  const { tenants } = admin;
  const made = await tenants.create({ id: "shop", hosts: ["shop.example"], limits: { images: 1 } });
  expect(made).toMatchObject({ id: "shop", delivery: null, limits: { images: 1, bytes: null } });
  await expect(tenants.create({ id: "shop" })).rejects.toBeInstanceOf(ConflictError);
  const changed = await tenants.update("shop", { delivery: "public", limits: { images: 2 } });
  expect(changed).toEqual({ ...made, delivery: "public", limits: { ...made.limits, images: 2 } });
  expect(await tenants.get("shop")).toEqual(changed);
  expect(await Array.fromAsync(tenants.list({ limit: 1 }))).toContainEqual(changed);
  const { key } = await admin.keys.create({
    scopes: ["admin", "images:create", "images:delete"],
    tenant: "shop",
  });
  const shop = new ProgImage({ baseUrl: signing.baseUrl, key });
  const { id, bytes } = await shop.images.upload(await photo(9));
  expect(await shop.usage()).toEqual({
    tenant: "shop",
    images: 1,
    bytes,
    limits: { images: 2, bytes: null },
  });
  await expect(tenants.remove("shop")).rejects.toBeInstanceOf(ConflictError);
  await shop.images.erase(id);
  await tenants.remove("shop");
  await expect(tenants.get("shop")).rejects.toBeInstanceOf(NotFoundError);
  await expect(tenants.get("..")).rejects.toBeInstanceOf(InvalidIdError);
  await expect(client.usage()).rejects.toBeInstanceOf(PermissionError);
});

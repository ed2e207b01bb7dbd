import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  AuthenticationError,
  ConflictError,
  PermissionError,
  ProgImage,
  sign,
  TooLargeError,
  uploadTo,
  uploadToken,
} from "@progimage/client";
import { signingSecretOf } from "../access/signature/signing_secret.ts";
import { type KeyedServer, startKeyed } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";

const SECRET = "the secret of the server under test: long enough";

let keyed: KeyedServer;
let client: ProgImage;
let signing: { readonly baseUrl: string; readonly keyId: string; readonly secret: string };

beforeAll(async () => {
  keyed = await startKeyed({ settings: { PROGIMAGE_SECRET: SECRET } });
  const baseUrl = keyed.server.url;
  const { id, key } = await keyed.makeKey("images:create", "images:read", "recipes:run");
  signing = { baseUrl, keyId: id, secret: signingSecretOf(SECRET, id) };
  client = new ProgImage({ baseUrl, key });
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

import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { Spool } from "@progimage/core";
import { testFolder } from "@progimage/core/testing";
import type { ServerContext } from "../server_context.ts";
import { readConfig } from "../settings/config.ts";
import { receivePosted } from "./posted.ts";

const CONFIG = readConfig({ PROGIMAGE_MAX_UPLOAD_BYTES: "10", PROGIMAGE_MAX_FILES: "3" });

async function receiver() {
  const folder = await testFolder();
  const ports = { scratch: new Spool(folder.path, { capacity: 1_000 }) };
  const context = { config: CONFIG, ports } as unknown as ServerContext;
  return {
    receive: (body: BodyInit | null, type?: string) => {
      const headers = new Headers(type === undefined ? [] : [["content-type", type]]);
      const request = new Request("http://localhost/render", { method: "POST", body, headers });
      return receivePosted(context, request);
    },
    files: () => readdir(folder.path),
    [Symbol.asyncDispose]: folder[Symbol.asyncDispose],
  };
}

function formOf(...parts: readonly (readonly [name: string, value: string, fileName?: string])[]) {
  const form = new FormData();
  for (const [name, value, fileName] of parts)
    if (fileName === undefined) form.append(name, value);
    else form.append(name, new Blob([value]), fileName);
  return form;
}

test("receivePosted() keeps a raw body in a file until it is disposed of", async () => {
  await using received = await receiver();
  const posted = await received.receive("0123456789", "image/png");
  const [image] = posted.images;
  expect([image?.bytes, image?.name, posted.json]).toEqual([10, "", null]);
  expect(await Bun.file(image?.path ?? "").text()).toBe("0123456789");
  await posted[Symbol.asyncDispose]();
  expect(await received.files()).toEqual([]);
});

test("receivePosted() takes an empty or absent body as nothing", async () => {
  await using received = await receiver();
  for (const body of [null, ""]) {
    const { images, parts, fields, json } = await received.receive(body, "image/png");
    expect([images, parts.size, fields, json]).toEqual([[], 0, [], null]);
  }
  expect(await received.files()).toEqual([]);
});

test("receivePosted() reads JSON", async () => {
  await using received = await receiver();
  const { json, images } = await received.receive('{"a":1}', "application/json");
  expect([json, images]).toEqual([{ a: 1 }, []]);
});

test("receivePosted() separates images, other files and fields of a form", async () => {
  await using received = await receiver();
  const form = formOf(
    ["recipe", "flip"],
    ["image", "one", "1.png"],
    ["mask", "two", "m.png"],
    ["recipe", "flop"],
    ["image", "three", "3.png"],
  );
  const posted = await received.receive(form);
  expect(posted.images.map(({ name, bytes }) => [name, bytes])).toEqual([
    ["1.png", 3],
    ["3.png", 5],
  ]);
  expect([...posted.parts].map(([part, { name }]) => [part, name])).toEqual([["mask", "m.png"]]);
  expect(posted.fields).toEqual([
    ["recipe", "flip"],
    ["recipe", "flop"],
  ]);
  expect(await received.files()).toHaveLength(3);
  await posted[Symbol.asyncDispose]();
  expect(await received.files()).toEqual([]);
});

const FORM = "multipart/form-data; boundary=b";
const FOUR = ["a", "b", "c", "d"].map((name) => [name, "1", name] as const);

test.each([
  ["a raw body that is too large", "too_large", "01234567890", "image/png"],
  [
    "a file that is too large",
    "too_large",
    formOf(["image", "1", "a"], ["mask", "01234567890", "b"]),
    undefined,
  ],
  [
    "a part that is there twice",
    "invalid_request",
    formOf(["mask", "1", "a"], ["mask", "2", "b"]),
    undefined,
  ],
  ["too many files", "invalid_request", formOf(...FOUR), undefined],
  ["a form that breaks off", "invalid_request", "--b\r\n", FORM],
  ["a form without a boundary", "invalid_request", "x", "multipart/form-data"],
] as const)("receivePosted() refuses %s and keeps no file", async (_name, code, body, type) => {
  await using received = await receiver();
  await expect(received.receive(body, type)).rejects.toMatchObject({ code });
  expect(await received.files()).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { join } from "node:path";
import type { Image, Problem } from "@progimage/client";
import { ATTRIBUTES_SHAPE } from "@progimage/core";
import { noise } from "./testing_pictures.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

interface Item {
  readonly status: number;
  readonly image?: Image;
  readonly problem?: Problem;
}

type Part = readonly [name: string, value: File | string];

describe("a field of a form", () => {
  let server: TestServer;
  let files: readonly File[];

  beforeAll(async () => {
    server = await startServer({ settings: { PROGIMAGE_MAX_UPLOAD_BYTES: "3000000" } });
    files = await Promise.all(
      [1, 2, 3].map(async (seed) => new File([new Uint8Array(await noise(seed))], `${seed}.jpg`)),
    );
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const send = (parts: readonly Part[], headers: Readonly<Record<string, string>> = {}, query = "") => {
    const body = new FormData();
    for (const [name, value] of parts) body.append(name, value);
    return fetch(`${server.url}/images${query}`, { method: "POST", body, headers });
  };
  const file = (index: number): Part => ["file", files[index] ?? ""];
  const itemsOf = async (response: Response) =>
    ((await response.json()) as { readonly items: readonly Item[] }).items;
  const count = async () => (await Array.fromAsync(server.client.images.list({ limit: 1000 }))).length;
  const kept = async () => (await filesBelow(join(server.dataDir, "fs"))).toSorted();

  test("that is unknown, in front of the files, is a 400, and nothing is stored", async () => {
    const before = [await count(), await kept()];
    for (const parts of [
      [["expiresat", "2100-01-01"], file(0)],
      [["expiresat", "2100-01-01"], file(0), file(1)],
      [
        ["tags", "a"],
        ["expiresat", "2100-01-01"],
      ],
    ] as const) {
      const response = await send(parts);
      expect([response.status, await response.json()]).toEqual([
        400,
        expect.objectContaining({
          code: "unknown_parameter",
          parameter: "expiresat",
          suggestion: "expiresAt",
          known: Object.keys(ATTRIBUTES_SHAPE.properties),
        }),
      ]);
    }
    expect([await count(), await kept()]).toEqual(before);
  });

  test("that is unknown is answered although a large file follows", async () => {
    const large = new File([new Uint8Array(2_900_000)], "large.jpg");
    for (let round = 0; round < 5; round++)
      expect(
        (
          await send([
            ["nmae", "x"],
            ["file", large],
            ["file", large],
          ])
        ).status,
      ).toBe(400);
  });

  test("behind a single file applies to this file", async () => {
    const response = await send([
      ["tags", "before"],
      file(0),
      ["tags", "behind"],
      ["expiresIn", "3600"],
      ["name", "named behind"],
      ["focalPoint", "0.5,0.25"],
    ]);
    const image = (await response.json()) as Image;
    expect([response.status, image]).toMatchObject([
      201,
      { name: "named behind", tags: ["before", "behind"], focalPoint: { x: 0.5, y: 0.25 } },
    ]);
    expect((Date.parse(image.expiresAt ?? "") - Date.now()) / 1_000).toBeCloseTo(3_600, -2);
    expect(await server.client.images.get(image.id)).toMatchObject({ tags: ["before", "behind"] });
  });

  test("behind a single file that is unknown, wrong or given twice is a 400, and nothing is stored", async () => {
    const before = [await count(), await kept()];
    for (const [parts, parameter] of [
      [[file(0), ["tagz", "a"]], "tagz"],
      [[file(0), ["expiresIn", "soon"]], "expiresIn"],
      [[["name", "a"], file(0), ["name", "b"]], "name"],
    ] as const) {
      const response = await send(parts);
      expect([response.status, await response.json()]).toMatchObject([400, { parameter }]);
    }
    expect([await count(), await kept()]).toEqual(before);
  });

  test("replaces the attributes of the query, and adds to its tags", async () => {
    const query = "?expiresAt=2100-01-01&name=of-the-query&tags=query";
    const parts = [["expiresIn", "3600"], ["name", "of the form"], ["tags", "form"], file(0)] as const;
    const image = (await (await send(parts, {}, query)).json()) as Image;
    expect(image).toMatchObject({ name: "of the form", tags: ["query", "form"] });
    expect((Date.parse(image.expiresAt ?? "") - Date.now()) / 1_000).toBeCloseTo(3_600, -2);
  });

  test("between files applies to the files behind it", async () => {
    const parts = [file(0), ["tags", "later"] as const, ["name", "second"] as const, file(1), file(2)];
    const items = await itemsOf(await send(parts));
    expect(items.map(({ image }) => [image?.name, image?.tags])).toEqual([
      ["1.jpg", []],
      ["second", ["later"]],
      ["3.jpg", ["later"]],
    ]);
  });

  for (const [headers, mode] of [
    [{}, "at once"],
    [{ prefer: "respond-async" }, "later"],
  ] as const) {
    const codesOf = async (response: Response) => {
      if (mode === "at once")
        return (await itemsOf(response)).map(({ problem }) => problem?.code ?? "stored");
      const job = await server.client.jobs.get(((await response.json()) as { readonly id: string }).id);
      await job.wait();
      const items = await Array.fromAsync(server.client.jobs.items(job.id));
      return items.map(({ problem }) => problem?.code ?? "stored");
    };

    test(`behind the last of several files is a 400 for that one, stored ${mode}`, async () => {
      const before = await count();
      const response = await send([file(0), file(1), ["expiresIn", "60"]], headers);
      expect(await codesOf(response)).toEqual(["stored", "field_after_file"]);
      expect(await count()).toBe(before + 1);
    });

    test(`between files that is unknown is a 400 for those behind it, stored ${mode}`, async () => {
      const before = await count();
      const response = await send([file(0), ["tagz", "a"], file(1), file(2)], headers);
      expect(await codesOf(response)).toEqual(["stored", "unknown_parameter", "unknown_parameter"]);
      const trailing = await send([file(0), file(1), ["tagz", "a"]], headers);
      expect(await codesOf(trailing)).toEqual(["stored", "unknown_parameter"]);
      expect(await count()).toBe(before + 2);
    });
  }

  test("may be missing when a form breaks off: a single file is not stored, of several the earlier ones are", async () => {
    const before = [await count(), await kept()];
    const whole = async (index: number) => {
      const picture = Buffer.from(await (files[index] ?? new Blob()).arrayBuffer());
      const head = `--b\r\ncontent-disposition: form-data; name="file"; filename="${index}"\r\n\r\n`;
      return Buffer.concat([Buffer.from(head), picture, Buffer.from("\r\n")]);
    };
    const post = async (pieces: readonly Buffer[]) => {
      const sent = new TransformStream<Uint8Array, Uint8Array>();
      const writer = sent.writable.getWriter();
      const headers = { "content-type": "multipart/form-data; boundary=b" };
      const answer = fetch(`${server.url}/images`, { method: "POST", headers, body: sent.readable });
      for (const piece of pieces) await writer.write(piece);
      await writer.write(Buffer.from("--b\r\ncontent-disposition: form-data; na"));
      const size = files[pieces.length - 1]?.size;
      const incoming = join(server.dataDir, "fs/incoming");
      await until("the last file has arrived", async () =>
        (await filesBelow(incoming)).some((path) => Bun.file(join(incoming, path)).size === size),
      );
      await writer.close();
      return await answer;
    };
    expect((await post([await whole(0)])).status).toBe(400);
    expect([await count(), await kept()]).toEqual(before);
    const items = await itemsOf(await post([await whole(0), await whole(1)]));
    expect([items[0]?.status, items.at(-1)?.status]).toEqual([201, 400]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { once } from "node:events";
import { truncate } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { unpackTar } from "modern-tar";
import sharp from "sharp";
import { noise } from "./testing_pictures.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

const MISSING = "01890000-0000-7000-8000-000000000000";

interface Problem {
  readonly code: string;
  readonly parameter?: string;
}

describe("POST /archives", () => {
  let server: TestServer;
  const ids: string[] = [];
  const pictures: Buffer[] = [];

  beforeAll(async () => {
    server = await startServer({ settings: { PROGIMAGE_MAX_SELECTION_ITEMS: "250" } });
    const names = ["one.jpg", "one.jpg", "../b:c.png", "", "large.jpg"];
    for (const [seed, name] of names.entries()) {
      const picture = await noise(seed, seed === 4 ? 900 : 64, seed === 4 ? 900 : 48);
      pictures.push(picture);
      const tags = ["all", seed % 2 === 0 ? "even" : "odd"];
      ids.push((await server.client.images.upload(new Uint8Array(picture), { name, tags })).id);
    }
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const ask = (body: object) =>
    fetch(`${server.url}/archives`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const filesOf = async (response: Response): Promise<ReadonlyMap<string, Uint8Array>> => {
    expect(response.status).toBe(200);
    const bytes = await response.bytes();
    if (response.headers.get("content-type") === "application/zip")
      return new Map(Object.entries(unzipSync(bytes)));
    expect(response.headers.get("content-type")).toBe("application/x-tar");
    const files = await unpackTar(bytes, { strict: true });
    return new Map(files.map(({ header, data }) => [header.name, data ?? new Uint8Array()]));
  };
  const errorsOf = (files: ReadonlyMap<string, Uint8Array>) =>
    JSON.parse(Buffer.from(files.get("errors.json") ?? "").toString()) as {
      readonly failed: number;
      readonly errors: readonly { readonly id: string; readonly problem: Problem }[];
    };

  for (const container of ["zip", "tar"]) {
    test(`gives originals as a ${container}, each under a name of its own`, async () => {
      const response = await ask({ select: { ids }, container });
      expect(response.headers.get("content-disposition")).toBe(`attachment; filename="images.${container}"`);
      const files = await filesOf(response);
      expect([...files.keys()]).toEqual([
        "000001-one.jpg",
        "000002-one.jpg",
        "000003-b_c.jpg",
        `000004-${ids[3]}.jpg`,
        "000005-large.jpg",
      ]);
      for (const [index, bytes] of [...files.values()].entries())
        expect(pictures[index]?.equals(bytes)).toBe(true);
    });

    test(`returns rendered images as a ${container}, and lists the failures`, async () => {
      const steps = [{ transform: "crop", x: 200, width: 100, height: 100 }];
      const files = await filesOf(
        await ask({ select: { ids: [ids[4], MISSING, "x", ids[0]] }, container, steps, format: "webp" }),
      );
      expect([...files.keys()]).toEqual(["000001-large.webp", "errors.json"]);
      const { width, height, format } = await sharp(files.get("000001-large.webp")).metadata();
      expect([width, height, format]).toEqual([100, 100, "webp"]);
      const { failed, errors } = errorsOf(files);
      expect(failed).toBe(3);
      expect(errors.map(({ id, problem }) => [id, problem.code])).toEqual([
        [MISSING, "image_not_found"],
        ["x", "image_not_found"],
        [ids[0] ?? "", "invalid_parameter"],
      ]);
    });
  }

  test("selects images by a filter, newest first, by a name prefix, or all", async () => {
    const names = async (body: object) => [...(await filesOf(await ask(body))).keys()];
    expect(await names({ select: { filter: { tag: "odd" } } })).toEqual([
      `000001-${ids[3]}.jpg`,
      "000002-one.jpg",
    ]);
    expect(await names({ select: { filter: { namePrefix: "on" } } })).toEqual([
      "000001-one.jpg",
      "000002-one.jpg",
    ]);
    expect(await names({ select: { all: true }, format: "png" })).toHaveLength(5);
    expect(await names({ select: { filter: { tag: "nobody's" } } })).toEqual([]);
  });

  test("stores its renders, and uses stored ones", async () => {
    const steps = [{ transform: "thumbnail", width: 20, height: 20 }];
    const files = await filesOf(await ask({ select: { ids: [ids[4]] }, steps, format: "png" }));
    const single = await fetch(`${server.url}/images/${ids[4]}.png?thumbnail=20x20`);
    expect(single.headers.get("server-timing")).toBe("hit");
    expect(Buffer.from(await single.bytes()).equals(files.get("000001-large.png") ?? Buffer.of())).toBe(true);
  });

  test("refuses an invalid request before it begins", async () => {
    const refused = async (body: object) => {
      const response = await ask(body);
      const { code, parameter } = (await response.json()) as Problem;
      return [response.status, code, parameter].filter(Boolean);
    };
    const select = { ids };
    const parameter = (name: string) => [400, "invalid_parameter", name];
    expect(await refused({})).toEqual(parameter("select"));
    expect(await refused({ select: { ...select, all: true } })).toEqual([
      400,
      "conflicting_parameters",
      "select",
    ]);
    expect(await refused({ select: { urls: ["http://a.test/"] } })).toEqual([
      400,
      "unknown_parameter",
      "select/urls",
    ]);
    expect(await refused({ select: { ids: Array(251).fill(MISSING) } })).toEqual(parameter("select/ids"));
    expect(await refused({ select, container: "rar" })).toEqual(parameter("container"));
    expect(await refused({ select, steps: [{ transform: "resized" }] })).toEqual([
      400,
      "unknown_transform",
      "steps/0/transform",
    ]);
    expect(await refused({ select, quality: 3 })).toEqual([400, "unknown_parameter", "quality"]);
  });

  test("lists originals whose bytes are missing or cut", async () => {
    const picture = await noise(77, 900, 900);
    const upload = async (name: string, seed: number) =>
      (await server.client.images.upload(new Uint8Array(await noise(seed, 900, 900)), { name })).id;
    expect(picture.length).toBeGreaterThan(262_144);
    const [lost, short] = [await upload("lost.jpg", 78), await upload("short.jpg", 77)];
    const pathOf = async (id: string) => {
      const { sha256 } = await server.client.images.get(id);
      const files = await filesBelow(join(server.dataDir, "fs/blobs"));
      return join(server.dataDir, "fs/blobs", files.find((path) => path.includes(sha256)) ?? "");
    };
    await Bun.file(await pathOf(lost)).delete();
    const { errors } = errorsOf(await filesOf(await ask({ select: { ids: [lost] } })));
    expect(errors).toMatchObject([{ id: lost, problem: { code: "damaged" } }]);
    await truncate(await pathOf(short), 200_000);
    const both = errorsOf(await filesOf(await ask({ select: { ids: [ids[0], short, lost] } })));
    expect(both.errors).toMatchObject([
      { id: short, problem: { code: "damaged" } },
      { id: lost, problem: { code: "damaged" } },
    ]);
  });

  test("stops when the client leaves", async () => {
    await using slow = await startServer({ settings: { PROGIMAGE_RENDER_PROCESSES: "1" } });
    const many: string[] = [];
    for (let seed = 0; seed < 16; seed++)
      many.push((await slow.client.images.upload(new Uint8Array(await noise(seed, 500, 500)))).id);
    const order = (wanted: readonly string[]) =>
      JSON.stringify({
        select: { ids: wanted },
        container: "tar",
        steps: [{ transform: "blur", sigma: 3 }],
        format: "avif",
      });
    const socket = connect(Number(new URL(slow.url).port), "127.0.0.1");
    const body = order(many.slice(0, 15));
    socket.write(
      `POST /archives HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await once(socket, "data");
    socket.destroy();
    // Remaining work of the first request would be done before this one.
    const headers = { "content-type": "application/json" };
    const later = await fetch(`${slow.url}/archives`, {
      method: "POST",
      headers,
      body: order(many.slice(15)),
    });
    await later.bytes();
    expect((await filesBelow(`${slow.dataDir}/fs/derivatives`)).length).toBeLessThan(12);
    expect(slow.log()).not.toContain('"level":50');
  });
});

describe("POST /images/bulk", () => {
  let server: TestServer;
  const ids: string[] = [];

  beforeAll(async () => {
    server = await startServer();
    for (let seed = 0; seed < 5; seed++)
      ids.push(
        (
          await server.client.images.upload(new Uint8Array(await noise(seed)), {
            name: `${seed}.jpg`,
            tags: ["t"],
          })
        ).id,
      );
  });
  afterAll(() => server[Symbol.asyncDispose]());

  interface Item {
    readonly status: number;
    readonly id: string;
    readonly image?: { readonly name: string | null; readonly tags: readonly string[] };
    readonly problem?: Problem;
  }
  const ask = (body: object, accept = "application/json") =>
    fetch(`${server.url}/images/bulk`, {
      method: "POST",
      headers: { "content-type": "application/json", accept },
      body: JSON.stringify(body),
    });
  const itemsOf = async (body: object) =>
    ((await (await ask(body)).json()) as { readonly items: readonly Item[] }).items;

  test("describes images in the order of their ids, as JSON or in lines", async () => {
    const wanted = [ids[2] ?? "", MISSING, "no id", ids[0] ?? ""];
    const items = await itemsOf({ action: "describe", select: { ids: [...wanted, wanted[0]] } });
    expect(items.map(({ status, id, image, problem }) => [status, id, image?.name ?? problem?.code])).toEqual(
      [
        [200, wanted[0] ?? "", "2.jpg"],
        [404, MISSING, "image_not_found"],
        [404, "no id", "image_not_found"],
        [200, wanted[3] ?? "", "0.jpg"],
      ],
    );
    const { etag: _etag, ...info } = await server.client.images.get(wanted[0] ?? "");
    expect(items[0]?.image).toEqual(info);
    const response = await ask({ action: "describe", select: { ids: wanted } }, "application/x-ndjson");
    const lines = (await response.text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(wanted);
    expect(await itemsOf({ action: "describe", select: { filter: { tag: "nobody's" } } })).toEqual([]);
  });

  test("updates images by a merge patch, and lists those that it does not fit", async () => {
    const text = "x".repeat(9_000);
    await server.client.images.update(ids[1] ?? "", { metadata: { text } });
    const patch = { tags: ["new"], metadata: { more: text } };
    const items = await itemsOf({ action: "update", select: { ids }, patch });
    expect(items.map(({ status, problem }) => problem?.code ?? status)).toEqual([
      200,
      "invalid_parameter",
      200,
      200,
      200,
    ]);
    expect(items[0]?.image).toMatchObject({ tags: ["new"], metadata: { more: text } });
    expect(await server.client.images.get(ids[1] ?? "")).toMatchObject({ tags: ["t"], metadata: { text } });
    const { items: tagged } = await server.client.images.list({ tag: "new" }).page();
    expect(tagged).toHaveLength(4);
    const cleared = await itemsOf({
      action: "update",
      select: { filter: { tag: "new" } },
      patch: { metadata: null },
    });
    expect(cleared.map(({ id }) => id)).toEqual([4, 3, 2, 0].map((index) => ids[index] ?? ""));
  });

  test("purges images, with the outcome for each", async () => {
    const hrefs = async () =>
      await Promise.all(ids.map(async (id) => (await server.client.images.get(id)).href));
    const before = await hrefs();
    const items = await itemsOf({ action: "purge", select: { ids: [ids[1], MISSING, ids[3]] } });
    expect(items.map(({ status, id, problem }) => [status, id, problem?.code])).toEqual([
      [204, ids[1] ?? "", undefined],
      [404, MISSING, "image_not_found"],
      [204, ids[3] ?? "", undefined],
    ]);
    const isSame = (await hrefs()).map((href, index) => href === before[index]);
    expect(isSame).toEqual([true, false, true, false, true]);
    expect(await itemsOf({ action: "purge", select: { all: true } })).toHaveLength(5);
  });

  test("refuses an invalid request before it begins", async () => {
    const refused = async (body: object) => {
      const response = await ask(body);
      const { code, parameter } = (await response.json()) as Problem;
      return [response.status, code, parameter].filter(Boolean);
    };
    const parameter = (name: string) => [400, "invalid_parameter", name];
    expect(await refused({ select: { ids } })).toEqual(parameter("action"));
    expect(await refused({ action: "delete" })).toEqual(parameter("select"));
    expect(await refused({ action: "delete", select: {} })).toEqual(parameter("select"));
    expect(await refused({ action: "delete", select: { filter: {} } })).toEqual(parameter("select/filter"));
    expect(await refused({ action: "delete", select: { ids }, patch: {} })).toEqual(parameter("patch"));
    expect(await refused({ action: "update", select: { ids } })).toEqual(parameter("patch"));
    expect(await refused({ action: "update", select: { ids }, patch: { tags: "a" } })).toEqual(
      parameter("patch/tags"),
    );
    expect(await refused({ action: "update", select: { ids }, patch: { colour: "a" } })).toEqual([
      400,
      "unknown_parameter",
      "patch/colour",
    ]);
    expect(await refused({ action: "describe", select: { ids }, tag: "a" })).toEqual([
      400,
      "unknown_parameter",
      "tag",
    ]);
    const renaming = { action: "update", select: { filter: { namePrefix: "0" } }, patch: { name: "00" } };
    expect(await refused(renaming)).toEqual(parameter("patch"));
    expect(await server.client.images.list().page()).toMatchObject({ next: null, items: { length: 5 } });
  });

  test("deletes images by ids, by a filter and all, with their renders", async () => {
    const derivatives = () => filesBelow(`${server.dataDir}/fs/derivatives`);
    for (const id of ids)
      await fetch(`${server.url}/images/${id}.webp?thumbnail=10x10`).then((r) => r.bytes());
    expect(await derivatives()).toHaveLength(5);
    const items = await itemsOf({ action: "delete", select: { ids: [ids[0], MISSING] } });
    expect(items.map(({ status, id }) => [status, id])).toEqual([
      [204, ids[0] ?? ""],
      [404, MISSING],
    ]);
    expect(await server.client.images.find(ids[0] ?? "")).toBeNull();
    expect(await itemsOf({ action: "delete", select: { filter: { namePrefix: "1" } } })).toMatchObject([
      { id: ids[1] },
    ]);
    expect(await itemsOf({ action: "delete", select: { all: true } })).toHaveLength(3);
    expect(await itemsOf({ action: "describe", select: { all: true } })).toEqual([]);
    await until("no render is left", async () => {
      const left = await derivatives();
      return left.length === 0 || left;
    });
  });
});

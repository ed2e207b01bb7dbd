import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { makeZip } from "client-zip";
import { packTar } from "modern-tar";
import { type ArchivedFile, tarOf, zipOf } from "./testing_archives.ts";
import { noise } from "./testing_pictures.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

interface Item {
  readonly status: number;
  readonly name?: string;
  readonly image?: { readonly id: string; readonly name: string; readonly tags: readonly string[] };
  readonly problem?: { readonly code: string; readonly detail: string };
}

describe("POST /images with an archive", () => {
  let server: TestServer;
  let pictures: readonly Uint8Array[];

  beforeAll(async () => {
    server = await startServer({
      settings: {
        PROGIMAGE_MAX_UPLOAD_BYTES: "300000",
        PROGIMAGE_MAX_ARCHIVE_BYTES: "3000000",
        PROGIMAGE_MAX_ARCHIVE_ENTRIES: "40",
        PROGIMAGE_MAX_UNPACKED_BYTES: "100000000",
      },
    });
    pictures = await Promise.all(Array.from({ length: 6 }, (_, seed) => noise(seed)));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const files = (...names: readonly string[]): ArchivedFile[] =>
    names.map((name, index) => ({ name, bytes: pictures[index % pictures.length] ?? new Uint8Array() }));
  const send = (type: string, body: BodyInit, query = "", headers: Record<string, string> = {}) =>
    fetch(`${server.url}/images${query}`, {
      method: "POST",
      headers: { "content-type": type, ...headers },
      body,
    });
  const itemsOf = async (response: Response) => {
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    return ((await response.json()) as { readonly items: readonly Item[] }).items;
  };
  const shown = (items: readonly Item[]) =>
    items.map(({ status, image, problem, name }) =>
      [status, image?.name ?? name, problem?.code].filter(Boolean),
    );
  const isClean = async () => {
    const left = await Promise.all(
      ["fs/incoming", "tmp"].map((folder) => filesBelow(`${server.dataDir}/${folder}`)),
    );
    expect(left.flat()).toEqual([]);
  };

  test("stores the images of a tar, a tar.gz and a zip in order, and lists files that are no images", async () => {
    const mixed = files("one.jpg", "folder/two.jpg", "folder/deep/three ü 🦊.jpg");
    mixed.splice(1, 0, { name: "notes.txt", bytes: Buffer.from("no picture") });
    const tar = await tarOf(mixed);
    const zip = await new Response(
      makeZip(mixed.map(({ name, bytes }) => ({ name, input: bytes as Uint8Array<ArrayBuffer> }))),
    ).bytes();
    const bodies = [
      ["application/x-tar", tar],
      ["application/gzip", gzipSync(tar)],
      ["application/x-gzip", gzipSync(tar)],
      ["application/zip", zip],
    ] as const;
    for (const [type, body] of bodies) {
      const items = await itemsOf(await send(type, body, "?tag=a&tag=b&metadata=%7B%22n%22%3A1%7D"));
      expect(shown(items)).toEqual([
        [201, "one.jpg"],
        [415, "notes.txt", "unsupported_media"],
        [201, "two.jpg"],
        [201, "three ü 🦊.jpg"],
      ]);
      expect(items[2]?.image).toMatchObject({ tags: ["a", "b"], metadata: { n: 1 } });
      const original = await server.client.image(items[3]?.image?.id ?? "").fetch();
      expect(Buffer.from(await original.bytes()).equals(mixed[3]?.bytes ?? Buffer.of())).toBe(true);
    }
    await isClean();
  });

  test("treats any file name as a mere name", async () => {
    const names = [
      "../../../etc/passwd",
      "/etc/shadow.jpg",
      "..\\..\\boot.jpg",
      "C:\\x.jpg",
      "..",
      "a\u0000b\n.jpg",
    ];
    for (const body of [await tarOf(files(...names.slice(0, 5))), zipOf(files(...names))]) {
      const type = body[0] === 0x50 ? "application/zip" : "application/x-tar";
      const items = await itemsOf(await send(type, body));
      const stored = items.map(({ status, image }) => [status, image?.name]);
      expect(stored.slice(0, 5)).toEqual([
        [201, "passwd"],
        [201, "shadow.jpg"],
        [201, "boot.jpg"],
        [201, "x.jpg"],
        [201, ".."],
      ]);
      if (stored.length > 5) expect(stored[5]).toEqual([201, "ab.jpg"]);
    }
  });

  test("skips folders, links, devices and files of operating systems", async () => {
    const [picture = new Uint8Array()] = pictures;
    const tar = await packTar([
      { header: { name: "folder/", size: 0, type: "directory" } },
      { header: { name: "link.jpg", size: 0, type: "symlink", linkname: "/etc/passwd" } },
      { header: { name: "hard.jpg", size: 0, type: "link", linkname: "one.jpg" } },
      { header: { name: "device", size: 0, type: "character-device" } },
      { header: { name: "pipe", size: 0, type: "fifo" } },
      { header: { name: "__MACOSX/._one.jpg", size: 3, type: "file" }, body: "abc" },
      { header: { name: "folder/.DS_Store", size: 3, type: "file" }, body: "abc" },
      { header: { name: "folder/one.jpg", size: picture.length, type: "file" }, body: picture },
    ]);
    const zip = zipOf([
      { name: "folder/", bytes: Buffer.of() },
      { name: "link.jpg", bytes: Buffer.from("/etc/passwd"), mode: 0o120_777 },
      { name: "__MACOSX/folder/._one.jpg", bytes: picture },
      { name: "folder/one.jpg", bytes: picture, mode: 0o100_644 },
    ]);
    for (const [type, body] of [
      ["application/x-tar", tar],
      ["application/zip", zip],
    ] as const)
      expect(shown(await itemsOf(await send(type, body)))).toEqual([[201, "one.jpg"]]);
  });

  test("reads long names, those in CP437, and packed entries", async () => {
    const long = `${"long ".repeat(40)}ü.jpg`;
    const [picture = new Uint8Array()] = pictures;
    expect(shown(await itemsOf(await send("application/x-tar", await tarOf(files(`a/${long}`)))))).toEqual([
      [201, long],
    ]);
    const gnu = Buffer.concat([
      tarHeader("././@LongLink", "L", Buffer.byteLength(long) + 1),
      padded(Buffer.from(`${long}\0`)),
      await tarOf([{ name: "short", bytes: picture }]),
    ]);
    expect(shown(await itemsOf(await send("application/x-tar", gnu)))).toEqual([[201, long]]);
    const zip = zipOf([
      { name: "", rawName: Buffer.from([0x81, 0x2e, 0x6a, 0x70, 0x67]), flags: 0, bytes: picture },
      // macOS writes UTF-8, and does not say so.
      { name: "Größe 図.jpg", flags: 0, bytes: picture },
      { name: "packed.jpg", bytes: picture, method: 8 },
    ]);
    expect(shown(await itemsOf(await send("application/zip", zip)))).toEqual([
      [201, "ü.jpg"],
      [201, "Größe 図.jpg"],
      [201, "packed.jpg"],
    ]);
  });

  test("refuses an archive without a file, other bytes, and a common name", async () => {
    const refused = async (type: string, body: BodyInit, query = "") => {
      const response = await send(type, body, query);
      const { code } = (await response.json()) as { readonly code: string };
      return [response.status, code];
    };
    const empty = await packTar([{ header: { name: "folder/", size: 0, type: "directory" } }]);
    const invalid = [400, "invalid_request"];
    expect(await refused("application/x-tar", empty)).toEqual(invalid);
    expect(await refused("application/zip", zipOf([]))).toEqual(invalid);
    for (const type of ["application/x-tar", "application/gzip", "application/zip"]) {
      expect(await refused(type, Buffer.alloc(5_000, "no archive"))).toEqual(invalid);
      expect(await refused(type, "")).toEqual(invalid);
    }
    expect(await refused("application/gzip", gzipSync("no tar".repeat(500)))).toEqual(invalid);
    const named = await refused("application/x-tar", await tarOf(files("a")), "?name=b");
    expect(named).toEqual([400, "invalid_parameter"]);
    await isClean();
  });

  test("keeps images before the point where an archive breaks off, with the error in the last item", async () => {
    const tar = await tarOf(files("1.jpg", "2.jpg", "3.jpg"));
    const cut = (tar.length * 5) / 9;
    const packed = gzipSync(tar);
    const zip = zipOf(files("1.jpg", "2.jpg", "3.jpg"));
    zip.set([1, 2, 3, 4], zip.length - 22 - (46 + 5));
    const bodies = [
      ["application/x-tar", tar.subarray(0, cut)],
      ["application/gzip", gzipSync(tar.subarray(0, cut))],
      ["application/gzip", packed.subarray(0, packed.length * 0.9)],
      ["application/zip", zip],
    ] as const;
    for (const [type, body] of bodies) {
      const items = await itemsOf(await send(type, body));
      expect(shown(items)[0]).toEqual([201, "1.jpg"]);
      expect(items.at(-1)).toMatchObject({ status: 400, problem: { code: "invalid_request" } });
      expect(items.at(-1)?.problem?.detail).toStartWith("Cannot read the archive");
    }
    await isClean();
  });

  test("stops at its limits and keeps earlier images", async () => {
    const many = await itemsOf(
      await send(
        "application/x-tar",
        await tarOf(files(...Array.from({ length: 41 }, (_, n) => `${n}.jpg`))),
      ),
    );
    expect([many.length, many[39]?.status]).toEqual([41, 201]);
    expect(many[40]).toMatchObject({ status: 413, problem: { code: "too_large", limit: 40 } });
    const tooMany = await send(
      "application/zip",
      zipOf(files(...Array.from({ length: 41 }, (_, n) => `${n}`))),
    );
    expect(tooMany.status).toBe(413);
    const large = { name: "large.bin", bytes: new Uint8Array(300_001) };
    const [first] = files("1.jpg");
    const [, second] = files("1.jpg", "2.jpg");
    const withLarge = [first, large, second].filter((file) => file !== undefined);
    for (const [type, body] of [
      ["application/x-tar", await tarOf(withLarge)],
      ["application/zip", zipOf(withLarge)],
    ] as const)
      expect(shown(await itemsOf(await send(type, body)))).toEqual([
        [201, "1.jpg"],
        [413, "large.bin", "too_large"],
        [201, "2.jpg"],
      ]);
    for (const type of ["application/x-tar", "application/zip"]) {
      const response = await send(type, new Uint8Array(3_000_001));
      expect([response.status, ((await response.json()) as { limit: number }).limit]).toEqual([
        413, 3_000_000,
      ]);
    }
    await isClean();
  });

  test("unpacks no bomb", async () => {
    const bomb = Array.from({ length: 30 }, (_, n) => ({
      name: `${n}.bin`,
      bytes: new Uint8Array(2_000_000),
    }));
    const before = await residentBytes(server);
    const [first] = files("1.jpg");
    const tar = await itemsOf(
      await send("application/gzip", gzipSync(await tarOf([...(first ? [first] : []), ...bomb]))),
    );
    expect(shown(tar)[0]).toEqual([201, "1.jpg"]);
    expect(tar.at(-1)).toMatchObject({ status: 413, problem: { code: "too_large", limit: 100 } });
    const small = Array.from({ length: 39 }, (_, n) => ({
      name: `${n}.bin`,
      bytes: new Uint8Array(299_999),
      method: 8,
    }));
    const zip = await itemsOf(await send("application/zip", zipOf(small)));
    expect(zip.at(-1)).toMatchObject({ status: 413, problem: { code: "too_large", limit: 100 } });
    expect((await residentBytes(server)) - before).toBeLessThan(60_000_000);
    await isClean();
  });

  test("rejects only zip entries that lie, are encrypted or use another compression", async () => {
    const [picture = new Uint8Array()] = pictures;
    const zip = zipOf([
      { name: "locked.jpg", bytes: picture, flags: 0x0801 },
      { name: "bzip2.jpg", bytes: picture, method: 12 },
      { name: "checksum.jpg", bytes: picture, checksum: 1 },
      { name: "larger.jpg", bytes: picture, size: 10, method: 8 },
      { name: "smaller.jpg", bytes: picture, size: 1_000_000, method: 8 },
      { name: "stored.jpg", bytes: picture, size: 10 },
      { name: "good.jpg", bytes: picture },
    ]);
    expect(shown(await itemsOf(await send("application/zip", zip)))).toEqual([
      ...["locked", "bzip2", "checksum", "larger", "smaller", "stored"].map((name) => [
        422,
        `${name}.jpg`,
        "broken_image",
      ]),
      [201, "good.jpg"],
    ]);
    const overlapping = zipOf([
      { name: "0.jpg", bytes: picture },
      ...Array.from({ length: 20 }, (_, n) => ({ name: `${n + 1}.jpg`, bytes: picture, isShared: true })),
    ]);
    const items = await itemsOf(await send("application/zip", overlapping));
    expect(items.length).toBeLessThan(4);
    expect(items.at(-1)?.problem?.detail).toContain("overlap");
  });

  test("gives the same images again for the same Idempotency-Key, each by its place", async () => {
    const tar = await tarOf(files("1.jpg", "2.jpg"));
    const key = { "idempotency-key": crypto.randomUUID() };
    const ids = async () =>
      (await itemsOf(await send("application/x-tar", tar, "", key))).map(({ image }) => image?.id);
    const first = await ids();
    expect(new Set(first).size).toBe(2);
    expect(await ids()).toEqual(first);
  });

  test("sends a line for each stored image before the next one arrives", async () => {
    const tar = await tarOf(files("1.jpg", "2.jpg"));
    const half = 512 * Math.ceil((pictures[0]?.length ?? 0) / 512) + 1024;
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const head = `POST /images HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-tar\r\naccept: application/x-ndjson\r\ncontent-length: ${tar.length}\r\nconnection: close\r\n\r\n`;
    socket.write(head);
    socket.write(tar.subarray(0, half));
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    while (!text.includes("1.jpg")) await once(socket, "data");
    expect(text).toMatch(/^content-type: application\/x-ndjson\r$/im);
    expect(text).not.toContain("2.jpg");
    socket.write(tar.subarray(half));
    await once(socket, "close");
    expect(text).toContain('"name":"2.jpg"');
  });

  test("keeps the images that were stored before the client left", async () => {
    const tag = crypto.randomUUID();
    const tar = await tarOf(files("1.jpg", "2.jpg"));
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(
      `POST /images?tag=${tag} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-tar\r\ncontent-length: ${tar.length}\r\n\r\n`,
    );
    socket.write(tar.subarray(0, tar.length - 3_000));
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    while (!text.includes("1.jpg")) await once(socket, "data");
    socket.destroy();
    const { items } = await server.client.images.list({ tag }).page();
    expect(items.map(({ name }) => name)).toEqual(["1.jpg"]);
    await until("no file is left", async () => {
      const left = await filesBelow(`${server.dataDir}/fs/incoming`);
      return left.length === 0 || left;
    });
  });

  test("logs a client that leaves while images are stored as cancelled, not as a defect", async () => {
    const names = Array.from({ length: 39 }, (_, n) => `${n}.jpg`);
    const tar = await tarOf(files(...names));
    const id = crypto.randomUUID();
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(
      `POST /images HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-tar\r\nx-request-id: ${id}\r\ncontent-length: ${tar.length}\r\n\r\n`,
    );
    socket.write(tar);
    await once(socket, "data");
    socket.destroy();
    const lines = () =>
      server
        .log()
        .split("\n")
        .filter((line) => line.includes(id));
    await until("the log tells of it", async () => lines().some((line) => line.includes('"status":499')));
    expect(lines().filter((line) => !line.includes('"level":30'))).toEqual([]);
  });

  test("answers a client that sends everything before it reads", async () => {
    const names = Array.from({ length: 39 }, (_, n) => `${n}.jpg`);
    const tar = await tarOf(files(...names));
    const metadata = encodeURIComponent(JSON.stringify({ text: "x".repeat(8_000) }));
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.pause();
    socket.write(
      `POST /images?metadata=${metadata} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-tar\r\ncontent-length: ${tar.length}\r\nconnection: close\r\n\r\n`,
    );
    for (let at = 0; at < tar.length; at += 10_000)
      if (!socket.write(tar.subarray(at, at + 10_000))) await once(socket, "drain");
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    socket.resume();
    await once(socket, "close");
    expect(text.match(/"status":201/g)).toHaveLength(39);
  });
});

describe("POST /images with a form or URLs", () => {
  test("sends a line for each file where the caller prefers that, also for a single one", async () => {
    await using server = await startServer();
    const lines = async (count: number) => {
      const form = new FormData();
      for (let seed = 0; seed < count; seed++)
        form.append("file", new Blob([new Uint8Array(await noise(seed))]), `${seed}.jpg`);
      form.append("file", new Blob(["text"]), "x.txt");
      const headers = { accept: "application/x-ndjson" };
      const response = await fetch(`${server.url}/images`, { method: "POST", headers, body: form });
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
      return (await response.text())
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Item);
    };
    expect((await lines(3)).map(({ status, name }) => [status, name])).toEqual([
      [201, "0.jpg"],
      [201, "1.jpg"],
      [201, "2.jpg"],
      [415, "x.txt"],
    ]);
    expect((await lines(0)).map(({ status }) => status)).toEqual([415]);
    const response = await fetch(`${server.url}/images`, {
      method: "POST",
      headers: { accept: "application/x-ndjson", "content-type": "application/json" },
      body: JSON.stringify({ urls: ["http://127.0.0.1/a.jpg", "http://127.0.0.1/b.jpg"] }),
    });
    const items = (await response.text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Item);
    expect(items.map(({ problem }) => problem?.code)).toEqual(["source_refused", "source_refused"]);
  });
});

async function residentBytes(server: TestServer): Promise<number> {
  const children = await Bun.file(`/proc/${server.pid}/task/${server.pid}/children`).text();
  const status = await Bun.file(`/proc/${children.split(" ")[0]}/status`).text();
  return 1024 * Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]);
}

/** Returns the tar header of an entry. */
function tarHeader(name: string, type: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write("0000644\0", 100);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write(type, 156);
  block.write("ustar  \0", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

import { describe, expect, test } from "bun:test";
import { ConnectionError, type ImageHandle, InvalidIdError, NotFoundError, ProgImage } from "../mod.ts";
import { testingPng } from "../testing/testing_images.ts";
import { testingServer } from "../testing/testing_server.ts";

const MISSING = "01890000-0000-7000-8000-000000000000";

// A name that no plugin has: what is declared here holds for the whole program.
declare module "@progimage/client" {
  interface Transforms {
    testingPlaid: { threads: number };
  }
}

const ID = "0193a0b1-5c3e-7000-8000-000000000000";
const offline = new ProgImage({
  baseUrl: "https://example.com/media/",
  fetch: () => Promise.reject(new Error("must not be called")),
});

describe("ImageHandle.url gives", () => {
  const image = offline.image(ID);
  const table: readonly (readonly [path: string, handle: ImageHandle])[] = [
    ["", image],
    [".webp", image.webp()],
    ["?flip", image.flip()],
    [".webp?resize=320x240&rotate=90", image.resize({ width: 320, height: 240 }).rotate(90).webp()],
    [".webp?rotate=90&resize=320x240", image.webp().rotate(90).resize({ width: 320, height: 240 })],
    [".jpg?crop=9x8,x:0,y:1&flip&flop", image.crop({ width: 9, height: 8, x: 0, y: 1 }).flip().flop().jpeg()],
    [".avif?rotate=45,background:fff", image.rotate(45, { background: "fff" }).avif()],
    [".png", image.webp().png()],
    [".gif", image.gif()],
    [".tiff", image.tiff()],
    [".auto?compress=60", image.auto({ quality: 60 })],
    [".webp?flip&compress=60", image.compress({ quality: 60 }).flip().webp()],
    [".webp?compress=60,effort:2", image.compress({ quality: 80, effort: 2 }).webp({ quality: 60 })],
    [".webp?compress=50", image.apply("compress", { quality: 60 }).webp({ quality: 50 })],
    ["?compress", image.compress()],
    [".webp?testingPlaid=threads:3", image.apply("testingPlaid", { threads: 3 }).webp()],
  ];

  for (const [path, handle] of table) {
    test(path || "the original", () => {
      expect(handle.url()).toBe(`https://example.com/media/images/${ID}${path}`);
    });
  }
});

test("ImageHandle is immutable: steps branch", () => {
  const base = offline.image(ID).resize({ width: 10 });
  const before = base.url();
  const [flipped, flopped] = [base.flip().url(), base.flop().webp({ quality: 1 }).url()];
  expect(base.url()).toBe(before);
  expect([flipped, flopped]).toEqual([`${before}&flip`, before.replace("?", ".webp?") + "&flop&compress=1"]);
});

test("ImageHandle does not see later changes of the caller's object", () => {
  const params = { width: 10 };
  const handle = offline.image(ID).resize(params);
  params.width = 20;
  expect(handle.url()).toEndWith("resize=10x");
});

test("ImageHandle.apply is typed by Transforms, those of plugins included", () => {
  const image = offline.image(ID);
  // @ts-expect-error there is no such transform
  expect(image.apply("testingPlaidd").url()).toEndWith("?testingPlaidd");
  // @ts-expect-error there is no such parameter
  expect(image.apply("testingPlaid", { thread: 3 }).url()).toEndWith("?testingPlaid=thread:3");
  // @ts-expect-error a width is a number
  expect(image.resize({ width: "3" }).url()).toEndWith("?resize=3x");
  // @ts-expect-error there is no such fit
  expect(image.resize({ width: 3, fit: "squeeze" }).url()).toEndWith("?resize=3x,fit:squeeze");
});

describe("ImageHandle.srcset", () => {
  const root = `https://example.com/media/images/${ID}`;
  const known = offline.image({ id: ID, href: root, width: 300, height: 200 });
  const unknown = offline.image(ID);
  const widths = [100, 200, 640];
  const queriesOf = (srcset: string): readonly string[] =>
    srcset.split(", ").map((each) => decodeURIComponent(each.replace(root, "").replace(".webp?", "")));
  const table: readonly (readonly [what: string, srcset: string, queries: readonly string[]])[] = [
    [
      "resizes to each width, clamps to what there is and drops what is the same",
      known.webp().srcset({ widths: [100, 320, 640] }),
      ["resize=100x 100w", "resize=300x 300w"],
    ],
    [
      "enlarges where it does not know the width, so that no label lies",
      unknown.webp().srcset({ widths: [100, 640] }),
      ["resize=100x,enlarge 100w", "resize=640x,enlarge 640w"],
    ],
    [
      "rewrites the last thumbnail, with its proportions and all else",
      known
        .blur(2)
        .thumbnail({ width: 80, height: 40, gravity: "north" })
        .sharpen()
        .webp()
        .srcset({ widths }),
      ["100x50", "200x100", "300x150"].map(
        (box, index) => `blur=2&thumbnail=${box},gravity:north&sharpen ${[100, 200, 300][index]}w`,
      ),
    ],
    [
      "clamps a box to the part of the image that it keeps",
      known.thumbnail({ width: 80, height: 80 }).webp().srcset({ widths }),
      ["thumbnail=100x100 100w", "thumbnail=200x200 200w"],
    ],
    [
      "rewrites a smaller resize, rather than label its result with a larger width",
      known
        .resize({ width: 100 })
        .webp()
        .srcset({ widths: [200] }),
      ["resize=200x 200w"],
    ],
    [
      "rewrites the last resize by its width alone where it keeps the proportions",
      known
        .resize({ width: 80, height: 80, dpr: 2 })
        .webp()
        .srcset({ widths: [100] }),
      ["resize=100x 100w"],
    ],
    [
      "adds a resize behind what may have changed the size",
      known
        .resize({ width: 80 })
        .rotate(90)
        .webp()
        .srcset({ widths: [100] }),
      ["resize=80x&rotate=90&resize=100x,enlarge 100w"],
    ],
    [
      "does so for transforms of plugins, and presets",
      known
        .preset("hero")
        .apply("testingPlaid", { threads: 2 })
        .webp()
        .srcset({ widths: [100] }),
      ["preset=hero&testingPlaid=threads:2&resize=100x,enlarge 100w"],
    ],
    [
      "takes densities of a width, and says which there are",
      known
        .thumbnail({ width: 9, height: 6 })
        .webp()
        .srcset({ width: 120, densities: [1, 1.5, 3, 4] }),
      ["thumbnail=120x80 1x", "thumbnail=180x120 1.5x", "thumbnail=300x200 2.5x"],
    ],
  ];
  for (const [what, srcset, queries] of table) {
    test(what, () => expect(queriesOf(srcset)).toEqual(queries));
  }

  test("refuses invalid widths, and a list as earlier versions took it", () => {
    for (const width of [320.5, 0, -1, Number.NaN])
      expect(() => known.srcset({ widths: [width] })).toThrow(RangeError);
    expect(() => known.srcset({ densities: [0], width: 100 })).toThrow(RangeError);
    // @ts-expect-error it says what the numbers are
    expect(() => known.srcset([320])).toThrow(TypeError);
  });
});

test("ImageHandle's methods throw TypeError for arguments of the wrong kind", () => {
  const image = offline.image(ID);
  const calls: readonly (() => unknown)[] = [
    // @ts-expect-error a box is an object
    () => image.thumbnail(100),
    // @ts-expect-error a box is an object
    () => image.thumbnail(100, 100),
    // @ts-expect-error neither is a list
    () => image.resize([100, 100]),
    // @ts-expect-error other parameters are an object
    () => image.rotate(90, "fff"),
    // @ts-expect-error a function is nothing to send
    () => image.blur(() => 3),
    // @ts-expect-error quality has a name
    () => image.webp(60),
    // @ts-expect-error quality has a name
    () => image.compress(60),
    // @ts-expect-error a transform has a name
    () => image.apply({ transform: "flip" }),
  ];
  for (const call of calls) expect(call).toThrow(TypeError);
  // @ts-expect-error a box is an object
  expect(() => image.thumbnail(100)).toThrow(
    "Cannot add thumbnail: its parameters must be an object, not 100",
  );
});

test("ImageHandle of an image, not an id, carries its version", () => {
  const handle = offline.image({ id: ID, href: `https://cdn.example.com/images/${ID}?v=3` });
  expect(handle.url()).toBe(`https://example.com/media/images/${ID}?v=3`);
  expect(handle.flip().webp({ quality: 5 }).url()).toEndWith(`${ID}.webp?flip&compress=5&v=3`);
  expect(offline.image({ id: ID, href: `https://example.com/images/${ID}` }).url()).toEndWith(ID);
});

test("ProgImage.image refuses ids that would address another resource", () => {
  for (const id of ["", "..", ".", "a/b", "nope", `${ID}.webp`, `${ID}?b`, "%2e%2e", `${ID}\n`, `${ID}é`]) {
    expect(() => offline.image(id)).toThrow(InvalidIdError);
  }
  expect(offline.image(ID.toUpperCase()).id).toBe(ID);
});

test("ImageHandle sends the recipe, and returns the result as a response, bytes and a blob", async () => {
  await using server = testingServer({ basePath: "/media" });
  const { id } = await server.client().images.upload(testingPng());
  const handle = server.client().image(id).resize({ width: 3 }).webp({ quality: 60 });
  const expected = {
    extension: "webp",
    steps: [
      { transform: "resize", shorthand: "3x", params: {} },
      { transform: "compress", shorthand: "60", params: {} },
    ],
  };
  const response = await handle.fetch({ headers: { accept: "image/webp" } });
  expect(response.headers.get("content-type")).toBe("image/webp");
  expect(await response.json()).toEqual(expected);
  expect(JSON.parse(new TextDecoder().decode(await handle.bytes()))).toEqual(expected);
  const blob = await handle.blob();
  expect([blob.type, JSON.parse(await blob.text())]).toEqual(["image/webp", expected]);
  const paths = server.requests.slice(1).map(({ path }) => server.url + path.slice("/media".length));
  expect(paths).toEqual(Array.from({ length: 3 }, () => handle.url()));
  expect(server.requests[1]?.headers.get("accept")).toBe("image/webp");
});

test("ImageHandle.fetch returns a 304 like other responses", async () => {
  await using server = testingServer();
  const { id } = await server.client().images.upload(testingPng());
  const first = await server.client().image(id).fetch();
  const headers = { "if-none-match": first.headers.get("etag") ?? "" };
  expect((await server.client().image(id).fetch({ headers })).status).toBe(304);
});

test("ImageHandle.fetch and bytes throw the error of the server", async () => {
  await using server = testingServer();
  const missing = server.client().image(MISSING).webp();
  await expect(missing.fetch()).rejects.toBeInstanceOf(NotFoundError);
  await expect(missing.bytes()).rejects.toBeInstanceOf(NotFoundError);
});

test("ImageHandle.bytes throws ConnectionError if the response breaks off", async () => {
  using server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this") },
  });
  const client = new ProgImage({ baseUrl: `http://127.0.0.1:${server.port}`, retry: 0 });
  await expect(client.image(ID).bytes()).rejects.toBeInstanceOf(ConnectionError);
});

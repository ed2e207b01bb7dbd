import { expect, test } from "bun:test";
import { makeZip } from "client-zip";
import { createTarPacker } from "modern-tar";
import sharp from "sharp";
import { noise } from "./testing_pictures.ts";
import { peakBytes } from "./testing_large.ts";
import { descendants, startServer } from "./testing_server.ts";

const LIMIT_BYTES = 200_000_000;

const LARGE_FILES = 50;
const SMALL_FILES = 200;

/** The files of one archive: large ones of 5 MB, and small ones. */
async function* files(): AsyncGenerator<{ readonly name: string; readonly input: Uint8Array<ArrayBuffer> }> {
  const size = { width: 1300, height: 1300, channels: 3 } as const;
  const pixels = new Uint8Array(size.width * size.height * size.channels).fill(7);
  const large = await sharp(pixels, { raw: size }).tiff({ compression: "none" }).toBuffer();
  for (let index = 0; index < LARGE_FILES; index++)
    yield { name: `${index}.tiff`, input: new Uint8Array(large) };
  const small = new Uint8Array(await noise(1));
  for (let index = 0; index < SMALL_FILES; index++) yield { name: `${index}.jpg`, input: small };
}

function tar(): ReadableStream<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const write = async () => {
    for await (const { name, input } of files()) {
      const writer = controller.add({ name, size: input.length, type: "file" }).getWriter();
      await writer.write(input);
      await writer.close();
    }
    controller.finalize();
  };
  void write().catch((error: unknown) => controller.error(error));
  return readable;
}

const ARCHIVES = {
  tar,
  "tar.gz": () =>
    tar().pipeThrough(new CompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>),
  zip: () => makeZip(files()),
} as const;

for (const kind of ["tar", "tar.gz", "zip"] as const) {
  test(`250 MB of images come in and go out by a ${kind} while the HTTP process stays below 200 MB`, async () => {
    await using server = await startServer({
      settings: { PROGIMAGE_MAX_UNPACKED_RATIO: "10000", PROGIMAGE_PROBE_DEADLINE_MS: "60000" },
    });
    const [httpProcess = 0] = await descendants(server.pid);
    let stored = 0;
    for await (const { status } of server.client.images.uploadArchive(ARCHIVES[kind](), { as: kind }))
      stored += Number(status === 201);
    expect(stored).toBe(LARGE_FILES + SMALL_FILES);
    let bytes = 0;
    const { body } = await server.client.images
      .select({ all: true })
      .archive({ as: kind === "zip" ? "zip" : "tar" });
    for await (const chunk of body ?? []) bytes += chunk.length;
    expect(bytes).toBeGreaterThan(250_000_000);
    if (process.platform === "linux") expect(await peakBytes(httpProcess)).toBeLessThan(LIMIT_BYTES);
  });
}

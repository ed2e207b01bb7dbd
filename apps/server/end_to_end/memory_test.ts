import { expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { LARGE_BYTES, LARGE_SETTINGS, peakBytes, uploadLarge } from "./testing_large.ts";
import { noise } from "./testing_pictures.ts";
import { descendants, startServer } from "./testing_server.ts";

const LIMIT_BYTES = 200_000_000;

for (const kind of ["raw", "multipart"] as const) {
  test(`300 MB are uploaded and downloaded (${kind}) while the HTTP process stays below 200 MB`, async () => {
    await using server = await startServer({ settings: LARGE_SETTINGS });
    const [httpProcess = 0] = await descendants(server.pid);
    expect(await uploadLarge(server.url, kind)).toBe(201);
    const { items } = await server.client.images.list().page();
    expect(items[0]).toMatchObject({ bytes: LARGE_BYTES, width: 10_000, height: 10_000, format: "tiff" });
    let bytes = 0;
    const { body } = await server.client.image(items[0]?.id ?? "").fetch();
    for await (const chunk of body ?? []) bytes += chunk.length;
    expect(bytes).toBe(LARGE_BYTES);
    if (process.platform === "linux") expect(await peakBytes(httpProcess)).toBeLessThan(LIMIT_BYTES);
  });
}

/** The memory of the process that starts and watches the others. */
const SUPERVISOR_BYTES = 12_000_000;

test.if(process.platform === "linux")(
  "the supervisor holds less than 12 MB of its own, as it does not load the server",
  async () => {
    await using server = await startServer();
    expect(await anonymousBytes(server.pid)).toBeLessThan(SUPERVISOR_BYTES);
  },
);

/** The memory of the whole program, with two render processes that have nothing to do. */
const IDLE_BYTES = 190_000_000;

test.if(process.platform === "linux")(
  "1,000 renders, some of them large, leave 190 MB of its own memory to an idle server",
  async () => {
    await using server = await startServer({
      settings: { PROGIMAGE_RENDER_PROCESSES: "2", PROGIMAGE_QUEUE_WAIT_MS: "60000" },
    });
    const small = await server.client.images.upload(await noise(1, 800, 533));
    const large = await server.client.images.upload(await noise(2, 3000, 2000));
    const largePaths = [1600, 1500, 1400, 1300].flatMap((width) =>
      ["jpg", "webp", "png", "avif"].map(
        (format) => `${large.id}.${format}?resize=${width}x&compress=effort:1`,
      ),
    );
    const smallPaths = Array.from(
      { length: 984 },
      (_, index) => `${small.id}.jpg?resize=200x${8000 - index}`,
    );
    const paths = [...smallPaths, ...largePaths].values();
    const render = async () => {
      for (const path of paths) {
        const response = await fetch(`${server.url}/images/${path}`);
        expect(response.status).toBe(200);
        await response.bytes();
      }
    };
    await Promise.all(Array.from({ length: 4 }, render));
    const pids = [server.pid, ...(await descendants(server.pid))];
    await until(
      `${pids.length} processes hold at most ${IDLE_BYTES} bytes of their own`,
      async () => {
        const each = await Promise.all(pids.map(anonymousBytes));
        const bytes = each.reduce((sum, share) => sum + share, 0);
        return bytes <= IDLE_BYTES || bytes;
      },
      20_000,
    );
  },
  120_000,
);

/** Returns the memory of a process in bytes, without the pages of programs and libraries, which other processes may share. */
async function anonymousBytes(pid: number): Promise<number> {
  const text = await Bun.file(`/proc/${pid}/smaps_rollup`).text();
  return 1024 * Number(/^Pss_Anon:\s+(\d+) kB/m.exec(text)?.[1]);
}

import { expect, test } from "bun:test";
import { LARGE_BYTES, LARGE_SETTINGS, peakBytes, uploadLarge } from "./testing_large.ts";
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

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { fromFile } from "./mod.ts";
import { testingFolder } from "./testing_folder.ts";
import { testingPng } from "./testing_images.ts";
import { TestingProblem } from "./testing_problem.ts";
import { testingServer } from "./testing_server.ts";

const png = testingPng();

describe("uploadEach gives", () => {
  test("the result of each, in order, of sources that are made on the way", async () => {
    await using folder = await testingFolder();
    const path = join(folder.path, "1.png");
    await Bun.write(path, png);
    await using server = testingServer();
    async function* sources() {
      yield fromFile(path);
      yield new File(["text"], "2.txt");
      yield new Blob([png]).stream();
    }
    const results = await Array.fromAsync(server.client().images.uploadEach(sources(), { tags: ["t"] }));
    expect(results).toMatchObject([
      { status: 201, image: { name: "1.png", tags: ["t"] } },
      { status: 415, problem: { code: "unsupported_media" } },
      { status: 201, image: { name: "blob" } },
    ]);
    expect(server.requests.map(({ headers }) => headers.get("accept"))).toEqual(["application/x-ndjson"]);
  });

  test("each as soon as its line has come, cut wherever it is", async () => {
    const lines = '{"status":201,"image":{"name":"ä"}}\n{"status":202}\n';
    const bytes = new TextEncoder().encode(lines);
    const steps = [bytes.subarray(0, 32), bytes.subarray(32, 40), bytes.subarray(40)];
    const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let at = 0;
    const body = () =>
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (at === 2) await asked[0]?.promise;
          const step = steps[at++];
          if (step) controller.enqueue(step);
          else controller.close();
        },
      });
    await using server = testingServer({ intercept: () => new Response(body()) });
    const results = server.client().images.uploadEach([png])[Symbol.asyncIterator]();
    expect(await results.next()).toMatchObject({ value: { image: { name: "ä" } } });
    asked[0]?.resolve();
    expect(await results.next()).toMatchObject({ value: { status: 202 } });
    expect((await results.next()).done).toBe(true);
  });

  test("an error if the request as a whole fails, or its answer breaks off", async () => {
    await using busy = testingServer({ intercept: () => new TestingProblem(503, "busy").response() });
    await expect(busy.client().images.uploadEach([png]).items()).rejects.toMatchObject({
      status: 503,
      code: "busy",
    });
    let at = 0;
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at++ > 0) throw new Error("broken");
        controller.enqueue(new TextEncoder().encode('{"status":201}\n{"sta'));
      },
    });
    const fetch = async () => new Response(broken);
    const results = Array.fromAsync(busy.client({ fetch }).images.uploadEach([png]));
    await expect(results).rejects.toMatchObject({ name: "ConnectionError" });
  });
});

describe("uploadArchive", () => {
  test("says how it is packed by its name, its type or as it is told", async () => {
    await using folder = await testingFolder();
    await using server = testingServer();
    const client = server.client();
    const typeOf = async (results: ReturnType<typeof client.images.uploadArchive>) => {
      const [first, second] = await Array.fromAsync(results);
      expect(second).toMatchObject({
        status: 415,
        name: "notes.txt",
        problem: { code: "unsupported_media" },
      });
      return first?.image?.name;
    };
    for (const [name, type] of [
      ["a.tar", "x-tar"],
      ["a.TGZ", "gzip"],
      ["a.tar.gz", "gzip"],
      ["a.zip", "zip"],
    ] as const) {
      const path = join(folder.path, name);
      await Bun.write(path, "an archive");
      expect(await typeOf(client.images.uploadArchive(fromFile(path)))).toBe(`application/${type}`);
    }
    expect(await typeOf(client.images.uploadArchive(new Blob(["a"], { type: "application/zip" })))).toBe(
      "application/zip",
    );
    expect(await typeOf(client.images.uploadArchive(new Blob(["a"]).stream(), { as: "tar.gz" }))).toBe(
      "application/gzip",
    );
    await expect(client.images.uploadArchive(new Blob(["a"])).items()).rejects.toBeInstanceOf(TypeError);
  });
});

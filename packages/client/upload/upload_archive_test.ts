import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { fromFile } from "../mod.ts";
import { testingFolder } from "../testing/testing_folder.ts";
import { testingPng } from "../testing/testing_images.ts";
import { TestingProblem } from "../testing/testing_problem.ts";
import { testingServer } from "../testing/testing_server.ts";

const png = testingPng();

describe("uploadArchive gives", () => {
  test("each as soon as its line is complete, however it is split", async () => {
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
    const results = server.client().images.uploadArchive(png, { as: "tar" })[Symbol.asyncIterator]();
    expect(await results.next()).toMatchObject({ value: { image: { name: "ä" } } });
    asked[0]?.resolve();
    expect(await results.next()).toMatchObject({ value: { status: 202 } });
    expect((await results.next()).done).toBe(true);
  });

  test("an error if the request as a whole fails, or its answer breaks off", async () => {
    await using busy = testingServer({ intercept: () => new TestingProblem(503, "busy").response() });
    await expect(busy.client().images.uploadArchive(png, { as: "tar" }).items()).rejects.toMatchObject({
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
    const results = Array.fromAsync(busy.client({ fetch }).images.uploadArchive(png, { as: "tar" }));
    await expect(results).rejects.toMatchObject({ name: "ConnectionError" });
  });
});

describe("uploadArchive", () => {
  test("takes the kind of the archive from its name, its type or the option", async () => {
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

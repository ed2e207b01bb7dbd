import { describe, expect, test } from "bun:test";
import { fromFile, type UploadProgress } from "./mod.ts";
import { testingFolder } from "./testing_folder.ts";
import { testingPng } from "./testing_images.ts";
import { TestingProblem } from "./testing_problem.ts";
import { testingServer } from "./testing_server.ts";

const png = testingPng();

describe("uploadAll", () => {
  test("stores sources of every kind with attributes of their own, and gives the results in order", async () => {
    await using folder = await testingFolder();
    await Bun.write(folder.file("1.png"), png);
    await using server = testingServer();
    async function* sources() {
      yield fromFile(folder.file("1.png"));
      yield { source: new Blob([png]).stream(), name: "2", tags: ["own"], focalPoint: { x: 0.5, y: 1 } };
      yield new File(["text"], "3.txt");
      yield fromFile(folder.file("none.png"));
      yield { source: new URL("https://example.com/5.png"), metadata: { sku: 5 } };
      yield new URL("http://example.com:1/");
    }
    const options = { tags: ["all"], metadata: { album: 7 } };
    const images = { name: "remote.png", tags: ["all"] };
    expect(await server.client().images.uploadAll(sources(), options).items()).toMatchObject([
      { index: 0, name: "1.png", status: 201, image: { tags: ["all"], metadata: { album: 7 } } },
      { index: 1, name: "2", status: 201, image: { tags: ["own"], focalPoint: { x: 0.5, y: 1 } } },
      { index: 2, name: "3.txt", status: 415, problem: { code: "unsupported_media" } },
      { index: 3, name: "none.png", status: 0, problem: { code: "file_unreadable" } },
      { index: 4, name: "remote.png", status: 201, image: { ...images, metadata: { sku: 5 } } },
      { index: 5, name: null, status: 502, problem: { code: "source_unreachable" } },
    ]);
  });

  test("takes any number, some at a time, and tells how far it is", async () => {
    let [now, most] = [0, 0];
    const intercept = async () => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
      return undefined;
    };
    await using server = testingServer({ intercept: intercept as never });
    const seen: UploadProgress[] = [];
    const sources = Array.from({ length: 1_500 }, () => png);
    const options = { concurrency: 3, onProgress: (progress: UploadProgress) => void seen.push(progress) };
    expect(await server.client().images.uploadAll(sources, options)).toMatchObject({ succeeded: 1_500 });
    expect(most).toBeWithin(2, 4);
    expect(seen.map(({ done }) => done)).toEqual(sources.map((_, index) => index + 1));
    expect(seen.at(-1)).toEqual({ done: 1_500, failed: 0, total: 1_500 });
  });

  test("run again under the same keys stores nothing twice", async () => {
    await using server = testingServer();
    const { images } = server.client();
    const sources = [png, { source: png, idempotencyKey: "own" }, png];
    const first = await images.uploadAll(sources.slice(0, 2), { idempotencyKey: "run-7" }).items();
    const again = await images.uploadAll(sources, { idempotencyKey: "run-7" }).items();
    expect(again.slice(0, 2)).toEqual(first);
    expect(await Array.fromAsync(images.list())).toHaveLength(3);
    const keys = server.requests.map(({ headers }) => headers.get("idempotency-key"));
    expect(keys.filter(Boolean).toSorted()).toEqual(["own", "own", "run-7-0", "run-7-0", "run-7-2"]);
  });

  test("opens sources when it is their turn, and no more once the loop is left", async () => {
    await using server = testingServer();
    let made = 0;
    function* sources() {
      for (;;) yield (made++, png);
    }
    for await (const { index } of server.client().images.uploadAll(sources(), { concurrency: 2 }))
      if (index === 4) break;
    expect(made).toBeLessThan(60);
  });

  test("fails as a whole where no other could succeed, or an argument is wrong", async () => {
    const failing = async (code: string, status: number) => {
      await using server = testingServer({ intercept: () => new TestingProblem(status, code).response() });
      return await server.client({ retry: 0 }).images.uploadAll([png]).items();
    };
    await expect(failing("unauthenticated", 401)).rejects.toMatchObject({ name: "AuthenticationError" });
    expect(await failing("busy", 503)).toMatchObject([{ status: 503, problem: { code: "busy" } }]);
    await using server = testingServer();
    const { images } = server.client();
    const texts = ["/etc/hostname"] as unknown as readonly Blob[]; // as JavaScript may say it
    await expect(images.uploadAll(texts).items()).rejects.toBeInstanceOf(TypeError);
    await expect(images.uploadAll([png], { concurrency: 0 }).items()).rejects.toBeInstanceOf(RangeError);
    expect(await images.uploadAll([])).toEqual({ total: 0, succeeded: 0, failed: 0, problems: [] });
  });
});

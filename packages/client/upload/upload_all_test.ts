import { describe, expect, test } from "bun:test";
import { fromFile, type UploadProgress } from "../mod.ts";
import { testingFolder } from "../testing/testing_folder.ts";
import { testingPng } from "../testing/testing_images.ts";
import { TestingProblem } from "../testing/testing_problem.ts";
import { testingServer } from "../testing/testing_server.ts";

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

  test("takes any number, several at a time, and reports its progress", async () => {
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

  test("sends URLs that follow one another in one request, and other sources between them", async () => {
    await using server = testingServer();
    const urls = Array.from({ length: 7 }, (_, sku) => ({
      source: new URL(`http://example.com/${sku}`),
      metadata: { sku },
    }));
    const results = await server
      .client()
      .images.uploadAll([...urls, png, ...urls], { batchSize: 3, tags: ["all"] })
      .items();
    expect(results.map(({ index, image }) => [index, image?.metadata["sku"], image?.tags])).toEqual(
      [...urls, null, ...urls].map((each, index) => [index, each?.metadata.sku, ["all"]]),
    );
    const paths = server.requests.map(({ path }) => path);
    expect(paths.filter((path) => path === "/images/batch")).toHaveLength(6);
    expect(paths).toHaveLength(7);
  });

  test("does not lose the others of a request that is refused as a whole", async () => {
    await using server = testingServer();
    const { images } = server.client();
    const sources = Array.from({ length: 9 }, (_, index) => ({
      source: new URL(`http://example.com/${index}`),
      ...(index === 5 && { name: "bad", tags: "no list" as unknown as string[] }),
    }));
    const results = await images.uploadAll(sources).items();
    expect(results.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 400, 201, 201, 201]);
    expect(results[5]).toMatchObject({ index: 5, name: "bad", problem: { code: "invalid_parameter" } });
    expect(await Array.fromAsync(images.list())).toHaveLength(8);
  });

  test("retries only the images of a request that may succeed later", async () => {
    const sent: string[][] = [];
    const intercept = async (request: Request) => {
      const { items } = (await request.clone().json()) as { readonly items: readonly { url: string }[] };
      sent.push(items.map(({ url }) => new URL(url).pathname));
      if (sent.length > 1) return undefined;
      const busy = { ...new TestingProblem(503, "busy").document, retryable: true };
      const gone = new TestingProblem(422, "source_not_found").document;
      return Response.json({
        items: [busy, gone, busy].map((problem, index) => ({ index, name: null, status: 503, problem })),
      });
    };
    await using server = testingServer({ intercept: intercept as never });
    const sources = ["a", "b", "c"].map((name) => new URL(`http://example.com/${name}`));
    const client = server.client({ retry: { limit: 1, maxDelay: 1 } });
    expect(await client.images.uploadAll(sources).items()).toMatchObject([
      { index: 0, status: 201 },
      { index: 1, problem: { code: "source_not_found" } },
      { index: 2, status: 201 },
    ]);
    expect(sent).toEqual([
      ["/a", "/b", "/c"],
      ["/a", "/c"],
    ]);
  });

  test("run again under the same keys stores nothing twice", async () => {
    await using server = testingServer();
    const { images } = server.client();
    const far = [1, 2, 3].map((place) => new URL(`http://example.com/${place}`));
    const sources = [png, { source: png, idempotencyKey: "own" }, png];
    const first = await images
      .uploadAll([...sources.slice(0, 2), ...far], { idempotencyKey: "run-7" })
      .items();
    const options = { idempotencyKey: "run-7", batchSize: 2 };
    const again = await images.uploadAll([...sources.slice(0, 2), ...far, png], options).items();
    expect(again.slice(0, 5)).toEqual(first);
    expect(await Array.fromAsync(images.list())).toHaveLength(6);
    const raw = server.requests.filter(({ path, method }) => method === "POST" && path === "/images");
    const keys = raw.map(({ headers }) => headers.get("idempotency-key"));
    expect(keys.toSorted()).toEqual(["own", "own", "run-7-0", "run-7-0", "run-7-5"]);
  });

  test("opens each source when it is sent, and none after the loop is left", async () => {
    await using server = testingServer();
    let made = 0;
    function* sources() {
      for (;;) yield (made++, png);
    }
    for await (const { index } of server.client().images.uploadAll(sources(), { concurrency: 2 }))
      if (index === 4) break;
    expect(made).toBeLessThan(60);
  });

  test("fails as a whole if no other image could succeed, or an argument is wrong", async () => {
    const failing = async (code: string, status: number) => {
      await using server = testingServer({ intercept: () => new TestingProblem(status, code).response() });
      return await server.client({ retry: 0 }).images.uploadAll([png]).items();
    };
    await expect(failing("unauthenticated", 401)).rejects.toMatchObject({ name: "AuthenticationError" });
    expect(await failing("busy", 503)).toMatchObject([{ status: 503, problem: { code: "busy" } }]);
    await using server = testingServer();
    const { images } = server.client();
    const texts = ["/etc/hostname"] as unknown as readonly Blob[]; // as untyped JavaScript may pass it
    await expect(images.uploadAll(texts).items()).rejects.toBeInstanceOf(TypeError);
    for (const wrong of [{ concurrency: 0 }, { batchSize: 0 }, { batchSize: 1001 }])
      await expect(images.uploadAll([png], wrong).items()).rejects.toBeInstanceOf(RangeError);
    expect(await images.uploadAll([])).toEqual({ total: 0, succeeded: 0, failed: 0, problems: [] });
  });
});

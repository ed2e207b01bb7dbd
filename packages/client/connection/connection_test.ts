import { describe, expect, test } from "bun:test";
import {
  ConnectionError,
  type Fetch,
  fromFile,
  fromUrl,
  NotFoundError,
  ProgImage,
  ProgImageError,
  TimeoutError,
  UnavailableError,
} from "../mod.ts";
import { testingFolder } from "../testing/testing_folder.ts";
import { testingPng } from "../testing/testing_images.ts";
import { TestingProblem } from "../testing/testing_problem.ts";
import { testingServer } from "../testing/testing_server.ts";

const MISSING = "01890000-0000-7000-8000-000000000000";

const busy = (retryAfter?: string) =>
  new TestingProblem(503, "busy").response(retryAfter ? { "retry-after": retryAfter } : {});

describe("retries", () => {
  test.each([408, 425, 429, 502, 503, 504])("a GET after one %d", async (status) => {
    const flaky = () => new Response("a proxy's page", { status, headers: { "retry-after": "0" } });
    await using server = testingServer({ intercept: (_, before) => (before === 0 ? flaky() : undefined) });
    expect(await server.client().health()).toEqual({ status: "ok" });
    expect(server.requests).toHaveLength(2);
  });

  test("a GET after a broken connection", async () => {
    await using server = testingServer();
    let calls = 0;
    const fetch: Fetch = async (url, init) => {
      if (calls++ === 0) throw new TypeError("connection reset");
      return await globalThis.fetch(url, init);
    };
    expect(await server.client({ fetch }).health()).toEqual({ status: "ok" });
    expect(calls).toBe(2);
  });

  test("up to the limit, then throws", async () => {
    await using server = testingServer({ intercept: () => busy("0") });
    const call = server.client({ retry: { limit: 3 } }).health();
    await expect(call).rejects.toBeInstanceOf(UnavailableError);
    expect(server.requests).toHaveLength(4);
  });

  test("never if it is off", async () => {
    await using server = testingServer({ intercept: () => busy("0") });
    await expect(server.client({ retry: 0 }).health()).rejects.toBeInstanceOf(UnavailableError);
    expect(server.requests).toHaveLength(1);
  });

  test("not before Retry-After", async () => {
    await using server = testingServer({ intercept: (_, before) => (before === 0 ? busy("1") : undefined) });
    const startedAt = performance.now();
    await server.client().health();
    expect(performance.now() - startedAt).toBeGreaterThan(990);
  });

  test("not if Retry-After is longer than the timeout", async () => {
    await using server = testingServer({ intercept: () => busy("31") });
    const date = new Date(Date.now() + 60_000).toUTCString();
    await using dated = testingServer({ intercept: () => busy(date) });
    await expect(server.client().health()).rejects.toBeInstanceOf(UnavailableError);
    await expect(dated.client().health()).rejects.toBeInstanceOf(UnavailableError);
    await using soon = testingServer({ intercept: () => busy("2") });
    await expect(soon.client().health({ timeout: 1500 })).rejects.toBeInstanceOf(UnavailableError);
    expect([server, dated, soon].map(({ requests }) => requests.length)).toEqual([1, 1, 1]);
  });

  test("no other status", async () => {
    await using server = testingServer();
    await expect(server.client().images.get(MISSING)).rejects.toBeInstanceOf(NotFoundError);
    expect(server.requests).toHaveLength(1);
  });

  test("other 5xx only if the server calls them retryable, and nothing that it calls final", async () => {
    const answer = (status: number, retryable?: boolean) => () => {
      const document = { status, code: "internal", detail: "no", retryable };
      return Response.json(document, { status, headers: { "retry-after": "0" } });
    };
    const tries = async (status: number, retryable?: boolean) => {
      await using server = testingServer({ intercept: answer(status, retryable) });
      await expect(server.client().health()).rejects.toMatchObject({ status });
      return server.requests.length;
    };
    const counts = [tries(500), tries(500, true), tries(507, true), tries(503, false), tries(404, true)];
    expect(await Promise.all(counts)).toEqual([1, 3, 3, 1, 1]);
  });

  test("a DELETE, and no PATCH or POST without a key", async () => {
    await using server = testingServer({ intercept: () => busy("0") });
    const client = server.client({ retry: 1 });
    await expect(client.images.delete(MISSING)).rejects.toBeInstanceOf(UnavailableError);
    await expect(client.images.update(MISSING, {})).rejects.toBeInstanceOf(UnavailableError);
    await expect(client.images.restore(MISSING)).rejects.toBeInstanceOf(UnavailableError);
    expect(server.requests.map(({ method }) => method)).toEqual(["DELETE", "DELETE", "PATCH", "POST"]);
  });

  test("a PATCH that was refused for its rate, as it was not done", async () => {
    const refusal = new TestingProblem(429, "rate_limited").response({ "retry-after": "0" });
    await using server = testingServer({ intercept: (_, before) => (before === 1 ? refusal : undefined) });
    const { id } = await server.client().images.upload(testingPng());
    expect(await server.client().images.update(id, { tags: ["a"] })).toMatchObject({ tags: ["a"] });
    expect(server.requests).toHaveLength(3);
  });

  test("an upload that can be read again, under the same key, so that it is stored once", async () => {
    await using folder = await testingFolder();
    await Bun.write(folder.file("a.png"), testingPng());
    await using server = testingServer();
    let isLost = false;
    const fetch: Fetch = async (url, init) => {
      const answer = await globalThis.fetch(url, init);
      if (init.method !== "POST" || (isLost = !isLost) === false) return answer;
      throw new TypeError("connection reset"); // after the image is stored
    };
    const client = server.client({ fetch });
    const long = { metadata: { text: "é".repeat(8000) } };
    await client.images.upload(testingPng());
    await client.images.upload(fromFile(folder.file("a.png")));
    await client.images.upload(fromFile(folder.file("a.png")), long);
    await client.images.upload(fromUrl("https://example.com/a.png"));
    await client
      .process(fromFile(folder.file("a.png")))
      .flip()
      .save();
    expect(server.requests.map(({ method }) => method)).toEqual(Array.from({ length: 10 }, () => "POST"));
    const keys = server.requests.map(({ headers }) => headers.get("idempotency-key"));
    expect(new Set(keys).size).toBe(5);
    expect(await Array.fromAsync(client.images.list())).toHaveLength(5);
    expect(await folder.openFiles()).toEqual([]);
  });

  test("an upload with the caller's key after a 503, of the server or of a proxy in front", async () => {
    const proxy = () => new Response("<h1>503</h1>", { status: 503, headers: { "retry-after": "0" } });
    for (const refusal of [() => busy("0"), proxy]) {
      await using server = testingServer({ intercept: (_, before) => (before < 2 ? refusal() : undefined) });
      const { id } = await server.client().images.upload(testingPng(), { idempotencyKey: "order-7" });
      expect(await Array.fromAsync(server.client().images.list())).toMatchObject([{ id }]);
      const keys = server.requests.slice(0, 3).map(({ headers }) => headers.get("idempotency-key"));
      expect(keys).toEqual(["order-7", "order-7", "order-7"]);
    }
  });

  test("no upload of a stream, which is spent, and no upload with retries off", async () => {
    await using server = testingServer({ intercept: () => busy("0") });
    const stream = new Blob([testingPng()]).stream();
    const upload = server.client().images.upload(stream, { idempotencyKey: "k" });
    await expect(upload).rejects.toBeInstanceOf(UnavailableError);
    await expect(server.client({ retry: 0 }).images.upload(testingPng())).rejects.toBeInstanceOf(
      UnavailableError,
    );
    expect(server.requests).toHaveLength(2);
  });
});

describe("cancels", () => {
  test("by a signal, with its reason", async () => {
    const arrived = Promise.withResolvers<Request>();
    const intercept = (request: Request) => (arrived.resolve(request), new Promise<Response>(() => {}));
    await using server = testingServer({ intercept });
    const controller = new AbortController();
    const call = server.client().health({ signal: controller.signal });
    const reason = new Error("changed my mind");
    const left = Promise.withResolvers<void>();
    (await arrived.promise).signal.addEventListener("abort", () => left.resolve());
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await left.promise;
    expect(server.requests).toHaveLength(1);
  });

  test("before anything is sent", async () => {
    await using server = testingServer();
    const call = server.client().images.upload(testingPng(), { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    expect(server.requests).toEqual([]);
  });

  test("the wait for the next try", async () => {
    const controller = new AbortController();
    await using server = testingServer({
      intercept: () => (setTimeout(() => controller.abort(), 50), busy("4")),
    });
    const startedAt = performance.now();
    await expect(server.client().health({ signal: controller.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  test("a body that is being read", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    await using server = testingServer({ intercept: () => new Response(readable) });
    void writable.getWriter().write(new Uint8Array(10));
    const controller = new AbortController();
    const response = await server.client().image(MISSING).fetch({ signal: controller.signal });
    const text = response.text();
    controller.abort();
    await expect(text).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("times out", () => {
  const silent = () => new Promise<Response>(() => {});

  test("by the client's limit, and tries no more", async () => {
    await using server = testingServer({ intercept: silent });
    const call = server.client({ timeout: 30 }).health();
    await expect(call).rejects.toBeInstanceOf(TimeoutError);
    await expect(call).rejects.toThrow(/GET http.*\/healthz: 30 ms/);
    expect(server.requests).toHaveLength(1);
  });

  test("by the limit of a call", async () => {
    await using server = testingServer({ intercept: silent });
    await expect(server.client().images.upload(testingPng(), { timeout: 30 })).rejects.toBeInstanceOf(
      TimeoutError,
    );
  });

  test("never with 0 or a number beyond all timers, and uploads not by the client's limit", async () => {
    const late = async () => (await Bun.sleep(60), Response.json({ status: "ok", late: true }));
    await using server = testingServer({ intercept: late });
    expect(await server.client({ timeout: 0 }).health()).toMatchObject({ late: true });
    expect(await server.client().health({ timeout: Number.POSITIVE_INFINITY })).toMatchObject({ late: true });
    expect(await server.client({ timeout: 10 }).images.upload(testingPng())).toMatchObject({
      late: true,
    });
  });

  test("JSON that does not end, but no image that has begun", async () => {
    const slow = () =>
      new Response(
        new ReadableStream<Uint8Array>({
          async start(controller) {
            controller.enqueue(new TextEncoder().encode('{"status":'));
            await Bun.sleep(700);
            controller.enqueue(new TextEncoder().encode('"slow"}'));
            controller.close();
          },
        }),
      );
    await using server = testingServer({ intercept: slow });
    const client = server.client({ timeout: 350 });
    await expect(client.health()).rejects.toBeInstanceOf(TimeoutError);
    expect(new TextDecoder().decode(await client.image(MISSING).bytes())).toBe('{"status":"slow"}');
  });
});

describe("the connection", () => {
  test("throws ConnectionError with the cause if no server listens", async () => {
    const server = testingServer();
    await server[Symbol.asyncDispose]();
    const error = await server
      .client({ retry: 0 })
      .health()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).not.toBeInstanceOf(TimeoutError);
    expect((error as Error).message).toStartWith(`Cannot get an answer to GET ${server.url}/healthz: `);
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  test("sends the client's headers, and a call's on top", async () => {
    await using server = testingServer();
    const client = server.client({ headers: { authorization: "Bearer x", accept: "text/plain" } });
    await client.health();
    expect(server.requests[0]?.headers.get("authorization")).toBe("Bearer x");
    expect(server.requests[0]?.headers.get("accept")).toBe("application/json");
  });

  test("sends a key as Bearer, which a function returns for each attempt", async () => {
    await using server = testingServer({ intercept: (_, before) => (before === 1 ? busy("0") : undefined) });
    await server.client({ key: "pi_one" }).health();
    let calls = 0;
    await server.client({ key: async () => `pi_${++calls}` }).images.upload(testingPng());
    expect(server.requests.map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer pi_one",
      "Bearer pi_1",
      "Bearer pi_2",
    ]);
    expect(() => server.client({ key: "a", headers: { authorization: "Bearer b" } })).toThrow(TypeError);
  });

  test("sends no key to another origin, and writes none into URLs", async () => {
    await using storage = testingServer({ intercept: () => new Response("bytes") });
    await using server = testingServer({ intercept: () => Response.redirect(`${storage.url}/blob`, 307) });
    const image = server.client({ key: "pi_secret" }).image(MISSING);
    expect((await image.bytes()).length).toBe(5);
    expect(server.requests[0]?.headers.get("authorization")).toBe("Bearer pi_secret");
    expect(storage.requests[0]?.headers.has("authorization")).toBe(false);
    expect(image.url()).not.toContain("secret");
  });

  test("follows no redirect of an upload, which would become a list", async () => {
    await using server = testingServer({
      intercept: (_, before) => (before === 0 ? Response.redirect("/images", 302) : undefined),
    });
    await expect(server.client({ retry: 0 }).images.upload(testingPng())).rejects.toBeInstanceOf(
      ConnectionError,
    );
    expect(server.requests).toHaveLength(1);
  });

  test("uses the fetch that it is given", async () => {
    const seen: string[] = [];
    const fetch: Fetch = async (url, init) => (
      seen.push(`${init.method} ${url}`),
      Response.json({ status: "ok" })
    );
    const client = new ProgImage({ baseUrl: new URL("https://example.com/a/b/"), fetch });
    expect(await client.health()).toEqual({ status: "ok" });
    expect(seen).toEqual(["GET https://example.com/a/b/healthz"]);
  });

  test("refuses invalid base URLs", () => {
    for (const baseUrl of ["", "localhost:3000", "/images", "file:///images"]) {
      expect(() => new ProgImage({ baseUrl })).toThrow(TypeError);
    }
  });

  test("says when an answer is not ProgImage's", async () => {
    await using server = testingServer({ intercept: () => new Response("<html>Hello</html>") });
    const error = await server
      .client()
      .images.get(MISSING)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProgImageError);
    expect(error).toMatchObject({ status: 200, code: "unexpected_answer" });
    expect(server.requests).toHaveLength(1);
  });
});

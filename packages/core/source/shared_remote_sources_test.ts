import { describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import { join } from "node:path";
import { newBlobKey } from "../blob/blob_store.ts";
import { FsBlobStore } from "../blob/fs_blob_store.ts";
import { Spool } from "../blob/spool.ts";
import { testFolder } from "../testing/testing_folder.ts";
import type { RemoteFile } from "./remote_sources.ts";
import { SharedRemoteSources } from "./shared_remote_sources.ts";
import { type TestFetcher, testFetcher } from "./testing_fetcher.ts";
import { type RawServer, rawServer } from "./testing_raw_server.ts";

/** Shared sources that may reach loopback, and a server that responds on command. */
async function sharedSources(answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") {
  const stack = new AsyncDisposableStack();
  const asked = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const server: RawServer = stack.use(
    await rawServer((socket: Socket) => {
      asked.resolve();
      void told.promise.then(() => socket.end(answer));
    }),
  );
  const loopback: TestFetcher = stack.use(await testFetcher({ allowHosts: ["127.0.0.1"] }));
  return {
    sources: new SharedRemoteSources(loopback.fetcher),
    url: `http://127.0.0.1:${server.port}/photo.jpg`,
    server,
    spooled: loopback.spooled,
    /** Resolves when the server has received a request. */
    asked: asked.promise,
    answer: told.resolve,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function textOf({ path }: RemoteFile): Promise<string> {
  return await Bun.file(path).text();
}

describe("SharedRemoteSources.fetch()", () => {
  test("sends one request for concurrent fetches of a URL in any spelling, and a new one later", async () => {
    await using shared = await sharedSources();
    const { sources, url, server } = shared;
    const spellings = [url, `${url}#top`, url.replace("http://127.0.0.1", "HTTP://0x7f.1"), url];
    const fetches = spellings.map((each) => sources.fetch(each));
    shared.answer();
    const files = await Promise.all(fetches);
    expect(server.requests).toHaveLength(1);
    for (const file of files) {
      expect(await textOf(file)).toBe("hello");
      expect(file).toMatchObject({ bytes: 5, sha256: files[0]?.sha256, url, name: "photo.jpg" });
    }
    const later = await sources.fetch(url);
    expect(server.requests).toHaveLength(2);
    expect(later.path).not.toBe(files[0]?.path ?? "");
  });

  test("sends another request for another URL, and for another spool", async () => {
    await using shared = await sharedSources();
    await using folder = await testFolder();
    const into = new Spool(folder.path, { capacity: 1_000 });
    const { sources, url, server } = shared;
    const fetches = [
      sources.fetch(url),
      sources.fetch(`${url}?size=2`),
      sources.fetch(url, { into }),
      sources.fetch(url, { into }),
    ];
    shared.answer();
    const paths = (await Promise.all(fetches)).map(({ path }) => path);
    expect(server.requests).toHaveLength(3);
    expect(new Set(paths).size).toBe(3);
    expect(paths.map((path) => path.startsWith(folder.path))).toEqual([false, false, true, true]);
  });

  test("sends another request for another owner, and one for concurrent fetches of the same", async () => {
    await using shared = await sharedSources();
    const { sources, url, server } = shared;
    const owners = ["", "one", "one", "two"];
    const fetches = owners.map((owner) => sources.of(owner).fetch(url));
    shared.answer();
    const paths = (await Promise.all(fetches)).map(({ path }) => path);
    expect(server.requests).toHaveLength(3);
    expect(new Set(paths).size).toBe(3);
    expect(paths[1]).toBe(paths[2] ?? "");
  });

  test("keeps the file until its last holder disposes of it, counting each once", async () => {
    await using shared = await sharedSources();
    const { sources, url } = shared;
    const fetches = [sources.fetch(url), sources.fetch(url), sources.fetch(url)];
    shared.answer();
    const files = await Promise.all(fetches);
    for (const file of files) {
      expect(await textOf(file)).toBe("hello");
      await file[Symbol.asyncDispose]();
      await file[Symbol.asyncDispose]();
    }
    expect(await shared.spooled()).toEqual([]);
  });

  test("gives a file that one may publish while another reads it", async () => {
    await using shared = await sharedSources();
    await using folder = await testFolder();
    const blobs = new FsBlobStore(join(folder.path, "blobs"));
    await using spoolFolder = await testFolder();
    const into = new Spool(spoolFolder.path, { capacity: 1_000 });
    const fetches = [shared.sources.fetch(shared.url, { into }), shared.sources.fetch(shared.url, { into })];
    shared.answer();
    const keys: string[] = [];
    for (const file of await Promise.all(fetches)) {
      const key = newBlobKey(file.sha256);
      keys.push(key);
      await blobs.put(key, file.path);
      await file[Symbol.asyncDispose]();
    }
    for (const key of keys) expect(await (await blobs.open(key))?.text()).toBe("hello");
  });

  test("continues for the others when the first caller leaves", async () => {
    await using shared = await sharedSources();
    const { sources, url, server } = shared;
    const leaving = new AbortController();
    const first = sources.fetch(url, { signal: leaving.signal, parameter: "url" });
    const second = sources.fetch(url, { signal: new AbortController().signal });
    await shared.asked;
    leaving.abort();
    await expect(first).rejects.toMatchObject({ code: "cancelled", details: {} });
    shared.answer();
    const file = await second;
    expect(await textOf(file)).toBe("hello");
    expect(server.requests).toHaveLength(1);
    await file[Symbol.asyncDispose]();
    expect(await shared.spooled()).toEqual([]);
  });

  test("stops when the last caller leaves, and starts anew for a later one", async () => {
    await using shared = await sharedSources();
    const { sources, url, server } = shared;
    const leaving = new AbortController();
    const { signal } = leaving;
    const fetches = Promise.allSettled([sources.fetch(url, { signal }), sources.fetch(url, { signal })]);
    await shared.asked;
    leaving.abort();
    const late = sources.fetch(url, { signal: new AbortController().signal });
    const cancelled = { status: "rejected", reason: { code: "cancelled" } };
    expect(await fetches).toMatchObject([cancelled, cancelled]);
    await server.left;
    shared.answer();
    const file = await late;
    expect(await textOf(file)).toBe("hello");
    expect(server.requests).toHaveLength(2);
    await file[Symbol.asyncDispose]();
    expect(await shared.spooled()).toEqual([]);
  });

  test("sends no request if its caller has already left", async () => {
    await using shared = await sharedSources();
    const signal = AbortSignal.abort();
    await expect(shared.sources.fetch(shared.url, { signal })).rejects.toMatchObject({ code: "cancelled" });
    expect(shared.server.requests).toEqual([]);
  });

  test("reports a failure to each caller with its own parameter", async () => {
    await using shared = await sharedSources("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    const { sources, url, server } = shared;
    const parameters = ["url", "source", undefined];
    const fetches = parameters.map((parameter) => sources.fetch(url, { parameter }));
    shared.answer();
    const errors = await Promise.all(fetches.map((fetched) => fetched.catch((error: unknown) => error)));
    expect(server.requests).toHaveLength(1);
    expect(errors).toMatchObject(
      parameters.map((parameter) => ({
        code: "source_not_found",
        details: parameter === undefined ? {} : { parameter },
      })),
    );
    await expect(sources.fetch("nowhere", { parameter: "url" })).rejects.toMatchObject({
      code: "invalid_parameter",
      details: { parameter: "url" },
    });
  });
});

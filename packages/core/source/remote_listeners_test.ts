import { describe, expect, test } from "bun:test";
import { RemoteListeners } from "./remote_listeners.ts";

const MESSAGE = { headers: { "content-type": "application/json", "webhook-id": "a" }, body: '{"a":"é"}' };

/** A server that responds with a status and records its requests. */
function listener(status = 204) {
  const heard: { method: string; headers: Headers; body: string }[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      heard.push({ method: request.method, headers: request.headers, body: await request.text() });
      return new Response(null, { status, headers: { location: "http://127.0.0.1:1/" } });
    },
  });
  const host = `127.0.0.1:${server.port}`;
  return { heard, host, url: `http://${host}/hook?a=1`, [Symbol.asyncDispose]: () => server.stop(true) };
}

describe("RemoteListeners", () => {
  test("sends a message as it is and gives the status, redirects included", async () => {
    for (const status of [200, 302, 500]) {
      await using there = listener(status);
      const listeners = new RemoteListeners({ allowHosts: [there.host], userAgent: "test" });
      expect(await listeners.post(there.url, MESSAGE)).toBe(status);
      expect(there.heard).toHaveLength(1);
      expect(there.heard[0]).toMatchObject({ method: "POST", body: MESSAGE.body });
      const headers = Object.fromEntries(there.heard[0]?.headers ?? []);
      expect(headers).toMatchObject({ ...MESSAGE.headers, "content-length": "10", "user-agent": "test" });
    }
  });

  test("refuses a URL that is not public, unless it is allowed", async () => {
    await using there = listener();
    const listeners = new RemoteListeners();
    const refused = { code: "source_refused" };
    await expect(listeners.check(there.url)).rejects.toMatchObject(refused);
    await expect(listeners.post(there.url, MESSAGE)).rejects.toMatchObject(refused);
    await expect(listeners.check("ftp://example.com/")).rejects.toMatchObject(refused);
    await expect(listeners.check("http://a:b@example.com/")).rejects.toMatchObject(refused);
    expect(there.heard).toEqual([]);
    await new RemoteListeners({ allowHosts: [there.host] }).check(there.url);
  });

  test("checks each address of a name", async () => {
    const resolve = async () => ["93.184.215.14", "127.0.0.1"];
    const listeners = new RemoteListeners({ resolve });
    await expect(listeners.post("http://example.com/", MESSAGE)).rejects.toMatchObject({
      code: "source_refused",
    });
  });

  test("waits no longer than its deadline", async () => {
    using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const host = `127.0.0.1:${silent.port}`;
    const listeners = new RemoteListeners({ allowHosts: [host], deadlineMs: 100 });
    const startedAt = performance.now();
    await expect(listeners.post(`http://${host}/`, MESSAGE)).rejects.toMatchObject({
      code: "source_unreachable",
    });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

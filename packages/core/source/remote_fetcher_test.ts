import { describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import core from "../package.json";
import type { RemoteFetcherOptions } from "./remote_fetcher.ts";
import { type TestFetcher, testFetcher } from "./testing_fetcher.ts";
import { type RawServer, rawServer } from "./testing_raw_server.ts";

/** Returns a fetcher that may reach loopback. */
function loopbackFetcher(options: Omit<RemoteFetcherOptions, "spool"> = {}): Promise<TestFetcher> {
  return testFetcher({ allowHosts: ["127.0.0.1"], ...options });
}

/** A response as sent, with a length unless a header says otherwise. */
function answerWith(body: string, ...headers: readonly string[]): (socket: Socket) => void {
  return (socket) =>
    socket.end(["HTTP/1.1 200 OK", `Content-Length: ${body.length}`, ...headers, "", body].join("\r\n"));
}

function redirectTo(location: string, status = 302): (socket: Socket) => void {
  return (socket) =>
    socket.end(`HTTP/1.1 ${status} Moved\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
}

function urlOf({ port }: RawServer, path = "/photo.jpg"): string {
  return `http://127.0.0.1:${port}${path}`;
}

describe("RemoteFetcher.fetch()", () => {
  test("gives the bytes, their hash, their URL and a name", async () => {
    await using server = await rawServer(
      answerWith("hello", 'Content-Disposition: inline; filename="red fox.jpg"'),
    );
    await using loopback = await loopbackFetcher();
    const file = await loopback.fetcher.fetch(urlOf(server, "/a?b=c#d"));
    expect(await Bun.file(file.path).text()).toBe("hello");
    expect(file).toMatchObject({
      bytes: 5,
      sha256: new Bun.CryptoHasher("sha256").update("hello").digest("hex"),
      url: urlOf(server, "/a?b=c"),
      name: "red fox.jpg",
    });
    await file[Symbol.asyncDispose]();
    expect(await loopback.spooled()).toEqual([]);
  });

  test("requests an uncompressed image with its user agent, and sends no other headers", async () => {
    await using server = await rawServer(answerWith("", "Set-Cookie: a=b"));
    await using loopback = await loopbackFetcher();
    for (let times = 0; times < 2; times++) await loopback.fetcher.fetch(urlOf(server, "/a?b=%20c#d"));
    const lines = (server.requests[1] ?? "").split("\r\n").filter((line) => line !== "");
    expect(lines[0]).toBe("GET /a?b=%20c HTTP/1.1");
    expect(
      lines
        .slice(1)
        .map((line) => line.toLowerCase())
        .sort(),
    ).toEqual([
      "accept-encoding: identity",
      "accept: image/*",
      "connection: close",
      `host: 127.0.0.1:${server.port}`,
      `user-agent: progimage/${core.version}`,
    ]);
  });

  test("limits concurrent fetches, and accepts more once they are done", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await using server = await rawServer((socket) => void released.then(() => answerWith("hello")(socket)));
    await using loopback = await loopbackFetcher({ atATime: 2 });
    const first = [loopback.fetcher.fetch(urlOf(server)), loopback.fetcher.fetch(urlOf(server))];
    await expect(loopback.fetcher.fetch(urlOf(server))).rejects.toMatchObject({ code: "busy" });
    release();
    await Promise.all(first);
    expect((await loopback.fetcher.fetch(urlOf(server))).bytes).toBe(5);
  });

  test("uses no proxy", async () => {
    await using server = await rawServer(answerWith("hello"));
    await using proxy = await rawServer(answerWith("proxy"));
    const script = [
      `import { Spool } from ${JSON.stringify(`${import.meta.dir}/../blob/spool.ts`)};`,
      `import { RemoteFetcher } from ${JSON.stringify(`${import.meta.dir}/remote_fetcher.ts`)};`,
      `import { tmpdir } from "node:os";`,
      `const spool = new Spool(tmpdir(), { capacity: 1000 });`,
      `const fetcher = new RemoteFetcher({ spool, allowHosts: ["127.0.0.1"] });`,
      `await using file = await fetcher.fetch(${JSON.stringify(urlOf(server))});`,
      `console.log(await Bun.file(file.path).text());`,
    ];
    const url = `http://127.0.0.1:${proxy.port}`;
    const child = Bun.spawn([process.execPath, "-e", script.join("\n")], {
      env: { ...process.env, NODE_USE_ENV_PROXY: "1", HTTP_PROXY: url, http_proxy: url, ALL_PROXY: url },
      stderr: "inherit",
    });
    expect(await new Response(child.stdout).text()).toBe("hello\n");
    expect(proxy.requests).toEqual([]);
  });

  test("takes a chunked body and one that ends with its connection", async () => {
    await using loopback = await loopbackFetcher();
    const bodies = [
      "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
      "Connection: close\r\n\r\nhello",
    ];
    for (const body of bodies) {
      await using server = await rawServer((socket) => socket.end(`HTTP/1.1 200 OK\r\n${body}`));
      await using file = await loopback.fetcher.fetch(urlOf(server));
      expect(await Bun.file(file.path).text()).toBe("hello");
    }
  });

  test("takes exactly as many bytes as are allowed", async () => {
    await using server = await rawServer(answerWith("12345"));
    await using loopback = await loopbackFetcher({ maxBytes: 5 });
    await using file = await loopback.fetcher.fetch(urlOf(server));
    expect(file.bytes).toBe(5);
  });

  test("tries the next address of a name when one does not answer", async () => {
    await using server = await rawServer(answerWith("hello"));
    const resolve = async () => ["127.0.0.99", "127.0.0.1"];
    await using remote = await testFetcher({ allowHosts: ["images.test"], resolve });
    await using file = await remote.fetcher.fetch(`http://images.test:${server.port}/`);
    expect(file.bytes).toBe(5);
  });

  test("reaches IPv6", async () => {
    await using server = await rawServer(answerWith("hello"), { host: "::1" });
    await using remote = await testFetcher({ allowHosts: [`[::1]:${server.port}`] });
    await using file = await remote.fetcher.fetch(`http://[::1]:${server.port}/x`);
    expect(file.bytes).toBe(5);
    expect(server.requests[0]?.toLowerCase()).toContain(`host: [::1]:${server.port}\r\n`);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`follows a ${status}, also to a relative URL`, async () => {
      await using server = await rawServer((socket, head) =>
        head.startsWith("GET /a/b ") ? redirectTo("../c.png?d", status)(socket) : answerWith("hello")(socket),
      );
      await using loopback = await loopbackFetcher();
      await using file = await loopback.fetcher.fetch(urlOf(server, "/a/b"));
      expect(file).toMatchObject({ bytes: 5, url: urlOf(server, "/c.png?d"), name: "c.png" });
    });
  }

  test("follows redirects up to the limit", async () => {
    await using server = await rawServer((socket, head) => {
      const left = Number(/\d+/.exec(head)?.[0]);
      if (left === 0) answerWith("hello")(socket);
      else redirectTo(`/${left - 1}`)(socket);
    });
    await using loopback = await loopbackFetcher({ maxRedirects: 2 });
    await using file = await loopback.fetcher.fetch(urlOf(server, "/2"));
    expect(file.bytes).toBe(5);
    await expect(loopback.fetcher.fetch(urlOf(server, "/3"))).rejects.toMatchObject({
      code: "source_unreachable",
    });
    expect(server.requests).toHaveLength(6);
  });
});

describe("RemoteFetcher.fetch() of wrong responses", () => {
  const gzip = Buffer.from(Bun.gzipSync(new Uint8Array(1_000_000))).toString("latin1");
  const cases: Readonly<Record<string, readonly [answer: (socket: Socket) => void, code: string]>> = {
    "a 404": [(socket) => socket.end("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno"), "source_not_found"],
    "a 410": [(socket) => socket.end("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"), "source_not_found"],
    "a 403": [(socket) => socket.end("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"), "source_unreachable"],
    "a 500": [(socket) => socket.end("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"), "source_unreachable"],
    "a 206": [
      (socket) => socket.end("HTTP/1.1 206 Part\r\nContent-Length: 1\r\n\r\na"),
      "source_unreachable",
    ],
    "a 304": [(socket) => socket.end("HTTP/1.1 304 Same\r\n\r\n"), "source_unreachable"],
    "a 101": [
      (socket) => socket.write("HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
      "source_unreachable",
    ],
    "no HTTP": [(socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n\r\n"), "source_unreachable"],
    "no answer": [(socket) => socket.end(), "source_unreachable"],
    "half a head": [(socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Le"), "source_unreachable"],
    "a reset": [(socket) => socket.resetAndDestroy(), "source_unreachable"],
    "fewer bytes than promised": [
      (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"),
      "source_unreachable",
    ],
    "a chunked body that is cut between chunks": [
      (socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
      "source_unreachable",
    ],
    "a chunked body that is cut in a chunk": [
      (socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello"),
      "source_unreachable",
    ],
    "a chunked body with a broken length": [
      (socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello"),
      "source_unreachable",
    ],
    "two lengths": [
      (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nhello"),
      "source_unreachable",
    ],
    "a length below zero": [
      (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"),
      "source_unreachable",
    ],
    "a length and chunks": [
      (socket) =>
        socket.end(
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ),
      "source_unreachable",
    ],
    "a redirect without a target": [(socket) => socket.end("HTTP/1.1 302 Go\r\n\r\n"), "source_unreachable"],
    "a redirect to no URL": [redirectTo("http://[/"), "source_unreachable"],
    "redirects in a circle": [redirectTo("/"), "source_unreachable"],
    "a gzip bomb": [answerWith(gzip, "Content-Encoding: gzip"), "source_unreachable"],
    "an unknown encoding": [answerWith("hello", "Content-Encoding: identity, br"), "source_unreachable"],
    "a length beyond the limit": [
      (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n"),
      "too_large",
    ],
    "a body without end": [
      (socket) => flood(socket, "HTTP/1.1 200 OK\r\n\r\n", "x".repeat(10_000)),
      "too_large",
    ],
    "chunks without end": [
      (socket) =>
        flood(
          socket,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          `ff\r\n${"x".repeat(255)}\r\n`.repeat(100),
        ),
      "too_large",
    ],
    "a body in crumbs": [
      (socket) =>
        flood(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n".repeat(1_000)),
      "source_unreachable",
    ],
    "a head of 20 KB": [answerWith("hello", `A: ${"b".repeat(20_000)}`), "source_unreachable"],
    "headers without end": [
      (socket) => flood(socket, "HTTP/1.1 200 OK\r\n", "A: b\r\n".repeat(1_000)),
      "source_unreachable",
    ],
    "a header without end": [
      (socket) => flood(socket, "HTTP/1.1 200 OK\r\nA: ", "b".repeat(10_000)),
      "source_unreachable",
    ],
    "trailers without end": [
      (socket) =>
        flood(
          socket,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
          "A: b\r\n".repeat(1_000),
        ),
      "source_unreachable",
    ],
  };

  for (const [name, [answer, code]] of Object.entries(cases)) {
    test(`refuses ${name}, hangs up and leaves nothing behind`, async () => {
      await using server = await rawServer(answer);
      await using loopback = await loopbackFetcher({ maxBytes: 100_000 });
      const refused = expect(loopback.fetcher.fetch(urlOf(server), { parameter: "source" })).rejects;
      await refused.toMatchObject({ name: "ProgImageError", code, details: { parameter: "source" } });
      await server.left;
      expect(await loopback.spooled()).toEqual([]);
    });
  }

  test("refuses a body without length whose connection is reset", async () => {
    const sent = Promise.withResolvers<void>();
    await using server = await rawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\nhello");
      void sent.promise.then(() => socket.resetAndDestroy());
    });
    await using loopback = await loopbackFetcher();
    const fetched = loopback.fetcher.fetch(urlOf(server));
    await loopback.arrived;
    sent.resolve();
    await expect(fetched).rejects.toMatchObject({ code: "source_unreachable" });
    expect(await loopback.spooled()).toEqual([]);
  });

  for (const header of ["Content-Length: 6", "Connection: close"]) {
    test(`names the limit that was passed, after ${header}`, async () => {
      await using server = await rawServer((socket) =>
        socket.end(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n123456`),
      );
      await using loopback = await loopbackFetcher({ maxBytes: 5 });
      await expect(loopback.fetcher.fetch(urlOf(server))).rejects.toMatchObject({
        code: "too_large",
        message: `Cannot fetch from 127.0.0.1:${server.port} as an image must be at most 5 bytes: it has more`,
        details: { limit: 5 },
      });
    });
  }

  test("accepts a few preliminary responses, but not an endless series", async () => {
    const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    await using few = await rawServer((socket) => {
      socket.write(hints.repeat(3));
      answerWith("hello")(socket);
    });
    await using many = await rawServer((socket) => flood(socket, "", hints.repeat(100)));
    await using loopback = await loopbackFetcher();
    await using file = await loopback.fetcher.fetch(urlOf(few));
    expect(file.bytes).toBe(5);
    await expect(loopback.fetcher.fetch(urlOf(many))).rejects.toThrow("it must answer in HTTP");
    await many.left;
  });

  test("passes on the error of a full spool without blaming the URL", async () => {
    await using server = await rawServer(answerWith("x".repeat(100)));
    await using remote = await testFetcher({ allowHosts: ["127.0.0.1"], capacity: 10 });
    const fetched = remote.fetcher.fetch(urlOf(server), { parameter: "source" });
    await expect(fetched).rejects.toMatchObject({ code: "busy", details: { retryAfter: 5 } });
    await fetched.catch((error) => expect(error.details).not.toHaveProperty("parameter"));
    await server.left;
  });
});

describe("RemoteFetcher.fetch() in time", () => {
  const SLOW: Readonly<Record<string, (socket: Socket) => void>> = {
    "an answer that never comes": () => {},
    "a head that trickles": (socket) => trickle(socket, "HTTP/1.1 200 OK\r\nA: "),
    "a body that trickles": (socket) => trickle(socket, "HTTP/1.1 200 OK\r\n\r\n"),
    "a body with a length that trickles": (socket) =>
      trickle(socket, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"),
  };

  for (const [name, answer] of Object.entries(SLOW)) {
    test(`gives up on ${name} at the deadline, and leaves nothing behind`, async () => {
      await using server = await rawServer(answer);
      await using loopback = await loopbackFetcher({ deadlineMs: 200 });
      const start = performance.now();
      await expect(loopback.fetcher.fetch(urlOf(server))).rejects.toMatchObject({
        code: "source_unreachable",
        message: `Cannot fetch from 127.0.0.1:${server.port} as its answer must be here within 200 ms: it was not`,
      });
      expect(performance.now() - start).toBeWithin(190, 3_000);
      await server.left;
      expect(await loopback.spooled()).toEqual([]);
    });
  }

  test("gives up on a stalled body, long before the deadline", async () => {
    await using server = await rawServer((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
    );
    await using loopback = await loopbackFetcher({ deadlineMs: 60_000, idleMs: 50 });
    await expect(loopback.fetcher.fetch(urlOf(server))).rejects.toThrow("must go on within 50 ms");
    await server.left;
    expect(await loopback.spooled()).toEqual([]);
  });

  test("gives up on a name server that does not answer", async () => {
    const resolve = () => Promise.withResolvers<string[]>().promise;
    await using remote = await testFetcher({ resolve, deadlineMs: 50 });
    await expect(remote.fetcher.fetch("http://images.test/")).rejects.toMatchObject({
      code: "source_unreachable",
    });
  });

  test("counts redirects into the deadline", async () => {
    await using server = await rawServer((socket) => void setTimeout(() => redirectTo("/")(socket), 60));
    await using loopback = await loopbackFetcher({ deadlineMs: 150, maxRedirects: 50 });
    await expect(loopback.fetcher.fetch(urlOf(server))).rejects.toThrow("within 150 ms");
    expect(server.requests.length).toBeWithin(1, 4);
  });

  for (const head of [
    "",
    "HTTP/1.1 200 OK\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
  ]) {
    test(`stops when its caller leaves, after ${JSON.stringify(head)}`, async () => {
      const asked = Promise.withResolvers<void>();
      await using server = await rawServer((socket) => {
        socket.write(head);
        asked.resolve();
      });
      await using loopback = await loopbackFetcher();
      const leaving = new AbortController();
      const { signal } = leaving;
      const fetched = loopback.fetcher.fetch(urlOf(server), { signal, parameter: "source" });
      await asked.promise;
      if (head !== "") await loopback.arrived;
      leaving.abort();
      await expect(fetched).rejects.toMatchObject({ code: "cancelled", details: {} });
      await server.left;
      expect(await loopback.spooled()).toEqual([]);
    });
  }

  test("sends no request if its caller has already left", async () => {
    let asked = 0;
    const resolve = async () => {
      asked++;
      return ["127.0.0.1"];
    };
    await using remote = await testFetcher({ resolve, allowHosts: ["images.test"] });
    const fetched = remote.fetcher.fetch("http://images.test/", { signal: AbortSignal.abort() });
    await expect(fetched).rejects.toMatchObject({ code: "cancelled" });
    expect(asked).toBe(0);
  });
});

/** Sends a prefix and then the same text endlessly, as fast as the other side reads it. */
function flood(socket: Socket, beginning: string, again: string): void {
  const send = () => {
    while (!socket.destroyed && socket.write(again));
  };
  socket.write(beginning);
  socket.on("drain", send);
  send();
}

/** Sends a prefix and then single characters at intervals. */
function trickle(socket: Socket, beginning: string): void {
  socket.write(beginning);
  const timer = setInterval(() => socket.write("x"), 10);
  socket.on("close", () => clearInterval(timer));
}

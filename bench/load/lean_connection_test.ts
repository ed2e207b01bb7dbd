import { expect, test } from "bun:test";
import { LeanConnection } from "./lean_connection.ts";

test("LeanConnection reports the status of each response, of any length", async () => {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => {
      const { pathname } = new URL(url);
      if (pathname === "/none") return new Response(null, { status: 304 });
      return new Response("x".repeat(Number(pathname.slice(1))), { status: pathname === "/3" ? 503 : 200 });
    },
  });
  const connection = await LeanConnection.open("127.0.0.1", server.port ?? 0);
  const ask = (path: string) =>
    new Promise<number>((resolve) => {
      connection.ask(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`, resolve);
    });
  expect([await ask("/3"), await ask("/5000000"), await ask("/none"), await ask("/0")]).toEqual([
    503, 200, 304, 200,
  ]);
  const broken = ask("/1");
  await broken;
  await server.stop(true);
});

test("LeanConnection sends a body that does not fit into the connection at once", async () => {
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    maxRequestBodySize: 100_000_000,
    fetch: async (request) => {
      const { length } = await request.bytes();
      return new Response(null, { status: length === 30_000_000 ? 201 : 400 });
    },
  });
  const connection = await LeanConnection.open("127.0.0.1", server.port ?? 0);
  const head = Buffer.from("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 30000000\r\n\r\n");
  const request = Buffer.concat([head, new Uint8Array(30_000_000)]);
  expect(await new Promise<number>((resolve) => connection.ask(request, resolve))).toBe(201);
  connection.close();
});

test("LeanConnection reports 0 if the connection breaks before a response", async () => {
  using server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf") },
  });
  const connection = await LeanConnection.open("127.0.0.1", server.port);
  const status = await new Promise<number>((resolve) => connection.ask("GET / HTTP/1.1\r\n\r\n", resolve));
  expect(status).toBe(0);
});

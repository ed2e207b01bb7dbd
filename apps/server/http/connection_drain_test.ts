import { expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { ConnectionDrain } from "./connection_drain.ts";

/** Starts a server whose answers wait for a signal. */
function startServer(idleMs: number) {
  const drain = new ConnectionDrain({ idleMs });
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch() {
      begun.resolve();
      await released.promise;
      const response = new Response("done");
      drain.mark(response);
      return response;
    },
  });
  drain.prepare(server);
  const dispose = async () => {
    released.resolve();
    await server.stop(true);
  };
  return { drain, server, begun: begun.promise, release: released.resolve, [Symbol.asyncDispose]: dispose };
}

test("ConnectionDrain finishes the requests that have begun, and refuses new connections", async () => {
  await using started = startServer(10);
  const { drain, server } = started;
  const events: string[] = [];
  const answered = fetch(server.url).then((response) => (events.push("answered"), response));
  await started.begun;
  const over = drain.run(server).then(() => events.push("over"));
  await until("the server refuses connections", () => refuses(server.url));
  started.release();
  const response = await answered;
  expect(response.headers.get("connection")).toBe("close");
  expect(await response.text()).toBe("done");
  await over;
  expect(events).toEqual(["answered", "over"]);
});

/** Whether a server refuses a new connection. The system drops the first packets of one without a word. */
async function refuses(url: URL): Promise<boolean> {
  return await fetch(url, { signal: AbortSignal.timeout(20) }).then(
    () => false,
    (error: Error) => error.name !== "TimeoutError",
  );
}

test("ConnectionDrain leaves connections open until it runs", async () => {
  await using started = startServer(10);
  started.release();
  const response = await fetch(started.server.url);
  expect(response.headers.get("connection")).not.toBe("close");
});

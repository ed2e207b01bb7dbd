import { once } from "node:events";
import { connect } from "node:net";
import type { Image } from "@progimage/client";
import type { TestServer } from "./testing_server.ts";

/** An answer on a {@linkcode Connection}. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** Returns the image in the body. */
  readonly image: () => Image;
}

/** A request on a {@linkcode Connection}. */
export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** A single connection, which sends all requests to the same HTTP process, one after the other. */
export interface Connection extends Disposable {
  /** The process that answers. */
  readonly pid: number;
  readonly send: (path: string, sent?: Sent) => Promise<Answer>;
}

/** Opens connections until each of the HTTP processes of a server has one. */
export async function connectToEach(server: TestServer, count: number): Promise<readonly Connection[]> {
  const connections = new Map<number, Connection>();
  for (let tries = 0; connections.size < count; tries++) {
    if (tries === 200) throw new Error(`Cannot reach ${count} processes: ${connections.size} have answered`);
    const connection = await openConnection(server);
    if (connections.has(connection.pid)) connection[Symbol.dispose]();
    else connections.set(connection.pid, connection);
  }
  return [...connections.values()];
}

/** Returns the process that has answered a request, from the log. */
export async function pidOf(server: TestServer, requestId: string): Promise<number> {
  const deadline = Date.now() + 5_000;
  while (Date.now() < deadline) {
    const line = server
      .log()
      .split("\n")
      .find((each) => each.includes(`"requestId":"${requestId}"`) && each.endsWith("}"));
    if (line) return JSON.parse(line).pid;
    await Bun.sleep(2);
  }
  throw new Error(`Cannot find request ${requestId} in the log`);
}

async function openConnection(server: TestServer): Promise<Connection> {
  const { hostname, port, host } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const chunks = socket[Symbol.asyncIterator]();
  let received = Buffer.alloc(0);
  const receive = async (isEnough: () => boolean) => {
    while (!isEnough()) {
      const { done, value } = await chunks.next();
      if (done) throw new Error("Cannot read answer as the connection has ended");
      received = Buffer.concat([received, value]);
    }
  };
  const send = async (path: string, { method = "GET", headers = {}, body = new Uint8Array() }: Sent = {}) => {
    const fields = Object.entries({ host, "content-length": body.length, ...headers });
    const lines = [`${method} ${path} HTTP/1.1`, ...fields.map(([name, value]) => `${name}: ${value}`)];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    socket.write(body);
    await receive(() => received.includes("\r\n\r\n"));
    const end = received.indexOf("\r\n\r\n") + 4;
    const head = received.subarray(0, end).toString("latin1");
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    await receive(() => received.length >= end + length);
    const answered = received.subarray(end, end + length);
    received = received.subarray(end + length);
    return {
      status: Number(head.split(" ")[1]),
      body: answered,
      image: () => JSON.parse(answered.toString()) as Image,
    };
  };
  const requestId = crypto.randomUUID();
  await send("/healthz", { headers: { "x-request-id": requestId } });
  return { pid: await pidOf(server, requestId), send, [Symbol.dispose]: () => socket.destroy() };
}

import type { Socket } from "node:net";
import { connect, createServer } from "node:net";

/** The fault that a {@linkcode FaultProxy} injects. */
export type Fault =
  | { readonly kind: "none" }
  /** Accepts connections and bytes but never responds. */
  | { readonly kind: "black hole" }
  /** Responds with this status and code itself: to all requests, or only to these methods. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly code?: string;
      readonly methods?: readonly string[];
    }
  /** Delays each part of the response. */
  | { readonly kind: "late"; readonly milliseconds: number }
  /** Closes the connection after this many bytes of the response. */
  | { readonly kind: "cut answer"; readonly after: number }
  /** The same, for a response without a length. */
  | { readonly kind: "cut without length"; readonly after: number }
  /** Stops in the middle of the response without closing the connection. */
  | { readonly kind: "stalled answer"; readonly after: number }
  /** Closes the connection after this many bytes of the request. */
  | { readonly kind: "cut request"; readonly after: number }
  /** Flips a bit of the request at this offset. */
  | { readonly kind: "flipped request"; readonly at: number }
  /** Declares a response that is longer or shorter than the real one. */
  | { readonly kind: "wrong length"; readonly more: number }
  /** Sends the response one byte at a time. */
  | { readonly kind: "drip"; readonly milliseconds: number };

/** A proxy that injects faults into the traffic of a server on demand. */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** Injects a fault into the given number of next connections, or into all. Closes open connections. */
  readonly spoil: (fault: Fault, connections?: number) => void;
  /** Returns how many connections were affected since then. */
  readonly spoilt: () => number;
}

/** Starts a {@linkcode FaultProxy} on a free port of the loopback address. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let current: Fault = { kind: "none" };
  let left = Infinity;
  let spoilt = 0;
  const server = createServer((client) => {
    const isSpoilt = current.kind !== "none" && left > 0;
    const fault: Fault = isSpoilt ? current : { kind: "none" };
    if (isSpoilt) [left, spoilt] = [left - 1, spoilt + 1];
    hold(client);
    client.on("error", () => {});
    if (fault.kind === "black hole") return void client.resume();
    if (fault.kind === "status" && !fault.methods)
      return void client.once("data", () => answerAlone(client, fault));
    const upstream = connect(Number(port), hostname);
    hold(upstream);
    upstream.on("error", () => client.destroy());
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.end());
    passRequest(client, upstream, fault);
    passAnswer(upstream, client, fault);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    spoil: (fault, connections = Infinity) => {
      [current, left, spoilt] = [fault, connections, 0];
      // Kept-alive connections would continue without the fault.
      for (const socket of open) socket.destroy();
    },
    spoilt: () => spoilt,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };

  function hold(socket: Socket): void {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  }
}

type StatusFault = Extract<Fault, { readonly kind: "status" }>;

function answerAlone(client: Socket, { status, code = "InternalError" }: StatusFault): void {
  const body = `<Error><Code>${code}</Code></Error>`;
  client.resume();
  client.end(
    `HTTP/1.1 ${status} Spoilt\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function passRequest(client: Socket, upstream: Socket, fault: Fault): void {
  if (fault.kind === "flipped request") return passFlipped(client, upstream, fault.at);
  if (fault.kind === "status") return passOtherMethods(client, upstream, fault);
  if (fault.kind !== "cut request") return void client.pipe(upstream);
  let passed = 0;
  client.on("data", (chunk: Buffer) => {
    upstream.write(chunk.subarray(0, fault.after - passed));
    passed += chunk.length;
    if (passed >= fault.after) client.destroy();
  });
}

function passOtherMethods(client: Socket, upstream: Socket, fault: StatusFault): void {
  let isAnswered = false;
  client.on("data", (chunk: Buffer) => {
    if (isAnswered) return;
    const [, method = ""] = /^([A-Z]+) \//.exec(chunk.subarray(0, 16).toString("latin1")) ?? [];
    isAnswered = fault.methods?.includes(method) ?? false;
    if (isAnswered) answerAlone(client, fault);
    else upstream.write(chunk);
  });
}

function passFlipped(client: Socket, upstream: Socket, at: number): void {
  let passed = 0;
  client.on("data", (chunk: Buffer) => {
    const place = at - passed;
    if (place >= 0 && place < chunk.length) chunk.writeUInt8(chunk.readUInt8(place) ^ 1, place);
    passed += chunk.length;
    upstream.write(chunk);
  });
}

function passAnswer(upstream: Socket, client: Socket, fault: Fault): void {
  if (["none", "cut request", "flipped request", "status"].includes(fault.kind))
    return void upstream.pipe(client, { end: false });
  let passed = 0;
  upstream.on("data", (bytes: Buffer) => {
    if (fault.kind === "late") {
      setTimeout(() => client.writable && client.write(bytes), fault.milliseconds);
      return;
    }
    const chunk = fault.kind === "wrong length" ? withOtherLength(bytes, fault.more) : bytes;
    if (fault.kind === "drip") return drip(chunk, client, fault.milliseconds);
    if (
      fault.kind === "cut answer" ||
      fault.kind === "cut without length" ||
      fault.kind === "stalled answer"
    ) {
      const shown = fault.kind === "cut without length" ? withoutLength(chunk) : chunk;
      if (passed < fault.after) client.write(shown.subarray(0, fault.after - passed));
      passed += shown.length;
      if (passed >= fault.after && fault.kind !== "stalled answer") client.end();
      return;
    }
    client.write(chunk);
  });
}

const dripping = new WeakMap<Socket, Buffer>();

function drip(chunk: Buffer, client: Socket, milliseconds: number): void {
  const waiting = dripping.get(client);
  dripping.set(client, Buffer.concat([waiting ?? Buffer.alloc(0), chunk]));
  if (waiting) return;
  const timer = setInterval(() => {
    const left = dripping.get(client) ?? Buffer.alloc(0);
    if (left.length > 0 && client.writable) client.write(left.subarray(0, 1));
    dripping.set(client, left.subarray(1));
  }, milliseconds);
  client.on("close", () => clearInterval(timer));
}

/** Removes the length from the head of a response, if this chunk has one. The response then ends with its connection. */
function withoutLength(chunk: Buffer): Buffer {
  const text = chunk.toString("latin1");
  if (!text.startsWith("HTTP/1.1 2")) return chunk;
  return Buffer.from(text.replace(/content-length: \d+/i, "Connection: close"), "latin1");
}

/** Changes the length in the head of a response, if this chunk has one. */
function withOtherLength(chunk: Buffer, more: number): Buffer {
  const text = chunk.toString("latin1");
  if (!text.startsWith("HTTP/1.1 2")) return chunk;
  const changed = text.replace(
    /content-length: (\d+)/i,
    (_, length) => `Content-Length: ${Number(length) + more}`,
  );
  return Buffer.from(changed, "latin1");
}

import { createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer, type TlsOptions } from "node:tls";

/** A server that sends exactly the bytes that a test needs, including invalid HTTP. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** The heads of the received requests, in order. */
  readonly requests: readonly string[];
  /** Resolves when a client has disconnected. */
  readonly left: Promise<void>;
}

/** Options for {@linkcode rawServer}. */
export interface RawServerOptions {
  /** @default {"127.0.0.1"} */
  readonly host?: string;
  /** Options to serve TLS. */
  readonly tls?: TlsOptions;
}

/** Starts a {@linkcode RawServer} on loopback, on a free port. It passes each request's head and its connection to `answer`. */
export async function rawServer(
  answer: (socket: Socket, head: string) => void,
  { host = "127.0.0.1", tls }: RawServerOptions = {},
): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const left = Promise.withResolvers<void>();
  const accept = (socket: Socket) => {
    let head = "";
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      left.resolve();
    });
    socket.on("data", (chunk) => {
      if (head.includes("\r\n\r\n")) return;
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      requests.push(head);
      answer(socket, head);
    });
  };
  const server = tls ? createSecureServer(tls, accept) : createServer(accept);
  server.on("tlsClientError", () => {});
  const port = await listen(server, host);
  const dispose = async () => {
    for (const socket of sockets) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    await promise;
  };
  return { port, requests, left: left.promise, [Symbol.asyncDispose]: dispose };
}

function listen(server: Server, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.on("error", reject);
  server.listen(0, host, () => {
    const address = server.address();
    resolve(typeof address === "object" && address ? address.port : 0);
  });
  return promise;
}

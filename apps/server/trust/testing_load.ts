import { connect, type Socket } from "node:net";

/** A request of a client of {@linkcode Load}. */
export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: Uint8Array;
}

/** Options for {@linkcode Load}. */
export interface LoadOptions {
  readonly url: string;
  /** The number of clients that keep their connection as long as the server allows. */
  readonly keeping: number;
  /** The number of clients that use a new connection for each request. */
  readonly connecting: number;
  /** Returns the next request. */
  readonly next: () => LoadRequest;
}

/** The longest pause between an answer and the next request on a kept connection. */
const LONGEST_PAUSE_MILLISECONDS = 8;

/** The pause before a refused client retries. */
const REFUSED_MILLISECONDS = 20;

/**
 * Clients that repeatedly send requests to a server, over plain sockets: libraries hide a lost request by a retry. A refused connection is
 * not a lost request, because none was sent.
 */
export class Load implements AsyncDisposable {
  /** The number of answers, by status. */
  readonly answered = new Map<number, number>();
  /** The requests that got no complete answer, with the failure. */
  readonly lost: string[] = [];
  readonly #options: LoadOptions;
  readonly #clients: Promise<unknown>;
  #isOver = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    const keeping = Array.from({ length: options.keeping }, () => this.#client(true));
    const connecting = Array.from({ length: options.connecting }, () => this.#client(false));
    this.#clients = Promise.all([...keeping, ...connecting]);
  }

  get count(): number {
    return [...this.answered.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Stops the clients after their current requests. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#clients;
  }

  async #client(isKeeping: boolean): Promise<void> {
    while (!this.#isOver) {
      const wasRefused = await this.#connection(isKeeping);
      if (wasRefused) await Bun.sleep(REFUSED_MILLISECONDS);
    }
  }

  /** Uses one connection to its end. Returns whether it was refused. */
  #connection(isKeeping: boolean): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { hostname, port } = new URL(this.#options.url);
    const socket = connect(Number(port), hostname);
    let pending: LoadRequest | null = null;
    let fault: string | undefined;
    let received = Buffer.alloc(0);
    const send = () => {
      if (this.#isOver) socket.end();
      if (!socket.writable) return;
      pending = this.#options.next();
      sendRequest(socket, pending, isKeeping);
    };
    socket.on("connect", send);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const answer = readAnswer(received);
      if (!answer) return;
      received = Buffer.alloc(0);
      pending = null;
      this.answered.set(answer.status, (this.answered.get(answer.status) ?? 0) + 1);
      if (isKeeping && !answer.closes) setTimeout(send, Math.random() * LONGEST_PAUSE_MILLISECONDS);
      else socket.end();
    });
    socket.on("error", ({ code }: NodeJS.ErrnoException) => (fault = code));
    socket.on("close", () => {
      if (pending) this.lost.push(`${pending.method} ${pending.path}: ${fault ?? "closed"}`);
      resolve(fault === "ECONNREFUSED");
    });
    return promise;
  }
}

function sendRequest(socket: Socket, { method, path, body }: LoadRequest, isKeeping: boolean): void {
  const head = [
    `${method} ${path} HTTP/1.1`,
    "Host: localhost",
    `Connection: ${isKeeping ? "keep-alive" : "close"}`,
  ];
  if (body) head.push("Content-Type: image/jpeg", `Content-Length: ${body.length}`);
  const text = Buffer.from(`${head.join("\r\n")}\r\n\r\n`);
  socket.write(body ? Buffer.concat([text, body]) : text);
}

interface WholeAnswer {
  readonly status: number;
  /** Whether the server closes the connection. */
  readonly closes: boolean;
}

/** Returns a complete answer, else `null`. */
function readAnswer(received: Buffer): WholeAnswer | null {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const head = received.toString("latin1", 0, end);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
  if (received.length < end + 4 + length) return null;
  return { status: Number(head.split(" ")[1]), closes: /^connection: close/im.test(head) };
}

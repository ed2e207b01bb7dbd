import type { Socket } from "bun";

/** Receives the status of a complete response, or 0 if the connection broke. */
export type OnAnswer = (status: number) => void;

const NOTHING = Buffer.alloc(0);
const HEAD_END = Buffer.from("\r\n\r\n");
const STATUS_REGEXP = /^HTTP\/1\.1 (\d{3})/;
const LENGTH_REGEXP = /\r\ncontent-length: *(\d+)/i;

/**
 * A connection that sends one request after the other and reads only the status and length of each response. A load generator shares the
 * CPU with the server, and `fetch` takes four times as long.
 */
export class LeanConnection {
  readonly #socket: Socket<LeanConnection>;
  #onAnswer: OnAnswer | null = null;
  /** The part of the request that is still to be sent. */
  #unsent: Uint8Array = NOTHING;
  #head: Buffer = NOTHING;
  #status = 0;
  /** Bytes of the body that are still to come; `null` before the end of the head. */
  #left: number | null = null;

  private constructor(socket: Socket<LeanConnection>) {
    this.#socket = socket;
  }

  /** Connects to a host. */
  static async open(hostname: string, port: number): Promise<LeanConnection> {
    const socket = await Bun.connect<LeanConnection>({
      hostname,
      port,
      socket: {
        data: ({ data }, chunk) => data.#hear(chunk),
        drain: ({ data }) => data.#send(),
        close: ({ data }) => data.#finish(0),
        error: ({ data }) => data.#finish(0),
      },
    });
    socket.data = new LeanConnection(socket);
    return socket.data;
  }

  /** Sends a request, head and body. No other request may be in flight. */
  ask(request: string | Uint8Array, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    this.#head = NOTHING;
    this.#left = null;
    this.#unsent = typeof request === "string" ? Buffer.from(request) : request;
    this.#send();
  }

  /** Closes the connection. */
  close(): void {
    this.#socket.end();
  }

  #send(): void {
    if (this.#unsent.length === 0) return;
    this.#unsent = this.#unsent.subarray(Math.max(0, this.#socket.write(this.#unsent)));
  }

  #hear(chunk: Buffer): void {
    let body = chunk.length;
    if (this.#left === null) {
      const head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      const end = head.indexOf(HEAD_END);
      if (end < 0) {
        this.#head = Buffer.from(head);
        return;
      }
      const text = head.toString("latin1", 0, end);
      this.#status = Number(STATUS_REGEXP.exec(text)?.[1] ?? 0);
      this.#left = Number(LENGTH_REGEXP.exec(text)?.[1] ?? 0);
      body = head.length - end - HEAD_END.length;
    }
    this.#left -= body;
    if (this.#left <= 0) this.#finish(this.#status);
  }

  #finish(status: number): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = null;
    onAnswer?.(status);
  }
}

import { findServerSockets, type ServerSockets } from "./server_sockets.ts";

/** The part of Bun's server that draining needs. */
export type DrainableServer = Pick<Bun.Server<unknown>, "pendingRequests" | "port" | "stop">;

/** Options for {@linkcode ConnectionDrain}. */
export interface ConnectionDrainOptions {
  /** The quiet time after which connections without a request are closed, in milliseconds. */
  readonly idleMs: number;
}

/** Time for started TCP handshakes to complete: a round trip around the world. */
const HANDSHAKE_MILLISECONDS = 250;

const LOOK_MILLISECONDS = 20;

/**
 * Stops a server without losing a request. It first stops listening. From then on, each answer tells its client that the connection
 * closes after it. Connections without a request are closed after a quiet time, because their client may just be sending one.
 */
export class ConnectionDrain {
  readonly #idleMs: number;
  #sockets: ServerSockets | null = null;
  #isOn = false;
  #answeredAt = 0;

  constructor({ idleMs }: ConnectionDrainOptions) {
    this.#idleMs = idleMs;
  }

  /** Prepares a server that has started to listen. */
  prepare({ port = 0 }: DrainableServer): void {
    this.#sockets = findServerSockets(port);
    this.#sockets?.takeAtOnce();
  }

  /** Makes an answer close its connection, if the server is draining. */
  mark(response: Response): void {
    if (!this.#isOn) return;
    response.headers.set("connection", "close");
    this.#answeredAt = performance.now();
  }

  /** Resolves once the server has closed all connections. */
  async run(server: DrainableServer): Promise<void> {
    this.#isOn = true;
    if (this.#sockets) await stopListening(this.#sockets, Math.min(HANDSHAKE_MILLISECONDS, this.#idleMs));
    this.#answeredAt = performance.now();
    while (!this.#isOver(server)) await Bun.sleep(LOOK_MILLISECONDS);
    await server.stop();
  }

  #isOver({ pendingRequests }: DrainableServer): boolean {
    if (pendingRequests > 0) return false;
    return performance.now() - this.#answeredAt >= this.#idleMs || this.#sockets?.countConnections() === 0;
  }
}

/** Closing a listening socket breaks connections that the system has accepted but the server has not: there must be none. */
async function stopListening(sockets: ServerSockets, waitMs: number): Promise<void> {
  sockets.holdOff();
  await Bun.sleep(waitMs);
  sockets.stopListening();
}

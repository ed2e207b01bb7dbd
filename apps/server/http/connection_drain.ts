import { findServerSockets, type ServerSockets } from "./server_sockets.ts";

/** A server that can be drained: one of Bun's. */
export type DrainableServer = Pick<Bun.Server<unknown>, "pendingRequests" | "port" | "stop">;

/** Options for {@linkcode ConnectionDrain}. */
export interface ConnectionDrainOptions {
  /** How long nothing may have been asked before connections without a request are closed, in milliseconds. */
  readonly idleMs: number;
}

/** How long connections that have begun have to complete: as long as packets take around the world. */
const HANDSHAKE_MILLISECONDS = 250;

const LOOK_MILLISECONDS = 20;

/**
 * Brings a server to its end without losing a request. First it stops to listen. Then each answer tells its client that the connection
 * is closed after it. Connections without a request are closed once nothing has been asked for a while, as nothing tells whether a client
 * is just sending one.
 */
export class ConnectionDrain {
  readonly #idleMs: number;
  #sockets: ServerSockets | null = null;
  #isOn = false;
  #answeredAt = 0;

  constructor({ idleMs }: ConnectionDrainOptions) {
    this.#idleMs = idleMs;
  }

  /** Prepares a server that has begun to listen. */
  prepare({ port = 0 }: DrainableServer): void {
    this.#sockets = findServerSockets(port);
    this.#sockets?.takeAtOnce();
  }

  /** Has the connection closed after an answer, if the server is at its end. */
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

/** Closing a socket that listens breaks connections that the system has made but the server not yet taken: there must be none. */
async function stopListening(sockets: ServerSockets, waitMs: number): Promise<void> {
  sockets.holdOff();
  await Bun.sleep(waitMs);
  sockets.stopListening();
}

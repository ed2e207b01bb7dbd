import { contextOf } from "./request_context.ts";

/** The pieces that an answer is made of. */
export interface PieceSource {
  /** Returns the next piece, or `null` after the last. What it throws breaks the connection. */
  readonly next: () => Promise<Uint8Array | null>;
  /** Hears that nothing more is wanted, as the client has left or was dropped. */
  readonly leave: (reason: unknown) => Promise<void>;
}

/** Seconds that the connection may be silent while the next piece is made. */
const MAKING_SECONDS = 255;

/**
 * Returns an answer that is sent as it is made. A piece may be long in the making, but is the client's turn once it is there: one that
 * takes nothing of it for `PROGIMAGE_SEND_IDLE_MS` is dropped by the server.
 */
export function pacedStream(request: Request, { next, leave }: PieceSource): ReadableStream<Uint8Array> {
  const { awaitClient, keepAlive } = contextOf(request);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        keepAlive(MAKING_SECONDS);
        const piece = await next();
        awaitClient();
        if (piece === null) controller.close();
        else controller.enqueue(piece);
      },
      cancel: leave,
    },
    // Nothing is made before it can be sent.
    { highWaterMark: 0 },
  );
}

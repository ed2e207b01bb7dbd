import { contextOf } from "./request_context.ts";

/** The source of the pieces of an answer. */
export interface PieceSource {
  /** Returns the next piece, or `null` after the last. An error breaks the connection. */
  readonly next: () => Promise<Uint8Array | null>;
  /** Called when the client has left or was dropped, so that no more pieces are needed. */
  readonly leave: (reason: unknown) => Promise<void>;
}

/** Seconds that the connection may be silent while the next piece is produced. */
const MAKING_SECONDS = 255;

/**
 * Returns an answer that is sent while it is produced. Producing a piece may take long, but the client must then read it: the server
 * drops a client that takes nothing for `PROGIMAGE_SEND_IDLE_MS`.
 */
export function pullStream(request: Request, { next, leave }: PieceSource): ReadableStream<Uint8Array> {
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
    // Pieces are produced only when they can be sent.
    { highWaterMark: 0 },
  );
}

import { inFlight } from "../in_flight.ts";
import { stamped } from "../stamped.ts";
import { LeanConnection } from "./lean_connection.ts";

/** Options for {@linkcode postImages}. */
export interface PostImagesOptions {
  readonly count: number;
  /** The number of uploads in flight, each on its own connection. */
  readonly atATime: number;
  /** Called with the milliseconds of each stored upload. */
  readonly onAnswer?: (milliseconds: number) => void;
}

/**
 * Uploads copies of a JPEG to a server, each with different bytes.
 *
 * @throws {Error} if one is not stored
 */
export async function postImages(url: string, jpeg: Uint8Array, options: PostImagesOptions): Promise<void> {
  const { count, atATime, onAnswer } = options;
  const { hostname, port, host } = new URL(url);
  const connections = await Promise.all(
    Array.from({ length: atATime }, () => LeanConnection.open(hostname, Number(port))),
  );
  const idle = [...connections];
  await inFlight(atATime, Array(count).keys(), async () => {
    const connection = idle.pop();
    if (!connection) throw new Error("Cannot upload: more are in flight than there are connections");
    const startedAt = performance.now();
    const status = await post(connection, host, stamped(jpeg));
    if (status !== 201) throw new Error(`Cannot measure: an upload was answered with ${status}`);
    onAnswer?.(performance.now() - startedAt);
    idle.push(connection);
  });
  for (const connection of connections) connection.close();
}

async function post(connection: LeanConnection, host: string, body: Uint8Array): Promise<number> {
  const head = `POST /images HTTP/1.1\r\nhost: ${host}\r\ncontent-type: image/jpeg\r\ncontent-length: ${body.length}\r\n\r\n`;
  const request = Buffer.concat([Buffer.from(head), body]);
  return await new Promise((resolve) => connection.ask(request, resolve));
}

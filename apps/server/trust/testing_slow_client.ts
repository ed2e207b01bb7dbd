import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Opens a connection, sends text, and does not read the answer until the caller resumes it. The caller destroys it. */
export async function openSilent(url: string, text: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.pause();
  socket.write(text);
  return socket;
}

/** An answer that was read slowly. */
export interface SlowAnswer {
  /** SHA-256 of the body in hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Reads the body of an answer with a maximum rate in bytes per second. The server closes the connection at its end. */
export async function readSlowly(url: string, text: string, rate: number): Promise<SlowAnswer> {
  const socket = await openSilent(url, text);
  const start = performance.now();
  const hasher = new Bun.CryptoHasher("sha256");
  let head: Buffer | null = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    let body = chunk;
    if (head) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) continue;
      body = head.subarray(end + 4);
      head = null;
    }
    hasher.update(body);
    bytes += body.length;
    const due = start + (bytes / rate) * 1_000;
    if (due > performance.now()) await Bun.sleep(due - performance.now());
  }
  return { sha256: hasher.digest("hex"), bytes, milliseconds: performance.now() - start };
}

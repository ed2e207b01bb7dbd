import { connect } from "node:net";

/** An answer as raw text. */
export interface RawAnswer {
  readonly status: number;
  /** The status line and all headers. */
  readonly head: string;
  readonly body: string;
}

/** Timeout for the answer to raw bytes, in milliseconds. */
const DEADLINE_MILLISECONDS = 10_000;

/**
 * Sends raw bytes to a server and returns its answer, once the server has closed the connection. Ordinary clients refuse to send most of
 * them.
 */
export async function sendRaw(url: string, text: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(DEADLINE_MILLISECONDS, () => socket.destroy(new Error("Cannot get an answer in time")));
  socket.write(text, "latin1");
  let answer = "";
  for await (const chunk of socket) answer += (chunk as Buffer).toString("latin1");
  const [head = "", ...rest] = answer.split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, body: rest.join("\r\n\r\n") };
}

/** Returns the text of a request without a body, whose connection closes after the answer. */
export function rawRequest(line: string, headers: readonly string[]): string {
  return `${[line, ...headers, "Connection: close"].join("\r\n")}\r\n\r\n`;
}

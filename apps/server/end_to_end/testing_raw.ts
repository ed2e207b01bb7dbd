import { connect } from "node:net";

/** An answer as its bytes came. */
export interface RawAnswer {
  readonly status: number;
  /** The line of the status and all headers. */
  readonly head: string;
  readonly body: string;
}

/** Time in which an answer to bytes that are sent as they are must be there. */
const DEADLINE_MILLISECONDS = 10_000;

/**
 * Sends bytes to a server as they are and returns its answer, once the server has closed the connection. Clients would refuse to
 * send most of what is sent so.
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

/** Returns the text of a request without a body, whose connection is closed after the answer. */
export function rawRequest(line: string, headers: readonly string[]): string {
  return `${[line, ...headers, "Connection: close"].join("\r\n")}\r\n\r\n`;
}

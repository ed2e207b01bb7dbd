/** An event of a server. */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
  /** The most recent id of the stream; `null` if there was none yet. */
  readonly id: string | null;
}

/**
 * Yields the events of a stream as they arrive, without an unfinished last one.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  let id: string | null = null;
  let fields: [name: string, value: string][] = [];
  for await (const line of linesOf(chunks)) {
    if (line !== "") {
      fields.push(fieldOf(line));
      continue;
    }
    const valuesOf = (wanted: string) => fields.filter(([name]) => name === wanted).map(([, value]) => value);
    id = valuesOf("id").at(-1) ?? id;
    const data = valuesOf("data");
    const name = valuesOf("event").at(-1) ?? "message";
    fields = [];
    if (data.length > 0) yield { name, data: data.join("\n"), id };
  }
}

/** Yields lines, which end with CR, LF or CRLF; a CR at the end of a chunk may be the first half of a CRLF. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** Returns the name and value of a field. A comment has no name. */
function fieldOf(line: string): [name: string, value: string] {
  const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
  return [name, value];
}

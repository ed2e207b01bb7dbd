import { expect, test } from "bun:test";
import { readEvents } from "./event_stream.ts";

async function eventsOf(...chunks: string[]) {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return await Array.fromAsync(readEvents(new Blob(bytes).stream()));
}

test("readEvents() gives names, data and ids, which stay until there is another", async () => {
  const text =
    'retry: 1000\n\n:\n\nid: 1.0\nevent: progress\ndata: {"a":1}\n\ndata: b\ndata:c\n\nid:2\ndata\n\n';
  expect(await eventsOf(text)).toEqual([
    { name: "progress", data: '{"a":1}', id: "1.0" },
    { name: "message", data: "b\nc", id: "1.0" },
    { name: "message", data: "", id: "2" },
  ]);
});

test("readEvents() understands all ends of lines, wherever a chunk ends", async () => {
  const events = [
    { name: "end", data: "é", id: "1" },
    { name: "message", data: "x", id: "1" },
  ];
  for (const end of ["\n", "\r\n", "\r"]) {
    const text = ["id: 1", "event: end", "data: é", "", "data: x", "", ""].join(end);
    const bytes = new TextEncoder().encode(text);
    const single = async function* () {
      for (const byte of bytes) yield Uint8Array.of(byte);
    };
    // A final CR may be half of a CRLF: its event comes with the next byte.
    expect(await Array.fromAsync(readEvents(single()))).toEqual(end === "\r" ? events.slice(0, 1) : events);
  }
});

test("readEvents() leaves out an event that is not finished", async () => {
  expect(await eventsOf("data: a\n\ndata: b\n")).toEqual([{ name: "message", data: "a", id: null }]);
});

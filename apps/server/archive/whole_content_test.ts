import { expect, test } from "bun:test";
import { wholeContent } from "./whole_content.ts";

test("wholeContent() yields the announced bytes, and throws at the end if their number differs", async () => {
  const chunks = [new Uint8Array([1, 2]), new Uint8Array([3])];
  expect(await Array.fromAsync(wholeContent(chunks, 3))).toEqual(chunks);
  for (const promised of [2, 4])
    await expect(Array.fromAsync(wholeContent(chunks, promised))).rejects.toThrow(
      `it must have ${promised} bytes`,
    );
});

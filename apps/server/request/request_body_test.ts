import { describe, expect, test } from "bun:test";
import { bodyError, bodyOf, textOf } from "./request_body.ts";

const RATE = { uploadDeadlineMs: 60_000, uploadIdleMs: 60_000, uploadMinRate: 1 };

/** Returns a request whose body arrives in pieces, and fails at the end if there is an error. */
function requestOf(
  pieces: readonly (string | Uint8Array)[],
  { failure, announced }: { failure?: Error; announced?: string } = {},
) {
  let read = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[read++];
        if (piece !== undefined)
          return controller.enqueue(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
        if (failure) controller.error(failure);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const headers = new Headers(announced === undefined ? [] : [["content-length", announced]]);
  const request = new Request("http://localhost/images", { method: "POST", body, headers });
  return { request, read: () => read };
}

const tooLarge = (limit: number) => expect.objectContaining({ code: "too_large", details: { limit } });

describe("bodyOf()", () => {
  test("refuses an announced size beyond the limit before it reads", () => {
    const { request, read } = requestOf(["abc"], { announced: "11" });
    expect(() => bodyOf(request, 10)).toThrow(tooLarge(10));
    expect(read()).toBe(0);
  });

  test("returns the bytes of a body that may be as large as the limit, and none without a body", async () => {
    const { request } = requestOf(["ab", "c"], { announced: "3" });
    expect(Buffer.concat(await Array.fromAsync(bodyOf(request, 3))).toString()).toBe("abc");
    expect(await Array.fromAsync(bodyOf(new Request("http://localhost/"), 3))).toEqual([]);
  });
});

describe("textOf()", () => {
  test("returns UTF-8 that is cut within a character", async () => {
    const bytes = new TextEncoder().encode("ö😀");
    const { request } = requestOf([...bytes].map((byte) => Uint8Array.of(byte)));
    expect(await textOf(request, 6, RATE)).toBe("ö😀");
    expect(await textOf(new Request("http://localhost/"), 6, RATE)).toBe("");
  });

  test("stops to read a body that turns out too large", async () => {
    const { request, read } = requestOf(["abc", "def", "ghi"]);
    await expect(textOf(request, 5, RATE)).rejects.toEqual(tooLarge(5));
    expect(read()).toBeLessThan(4);
  });

  test("refuses a slow body", async () => {
    const rate = { ...RATE, uploadDeadlineMs: -1 };
    const refused = textOf(requestOf(["abc"]).request, 5, rate);
    await expect(refused).rejects.toMatchObject({ code: "too_slow" });
  });

  test("calls a body that breaks off cancelled", async () => {
    const failure = new DOMException("gone", "AbortError");
    const broken = textOf(requestOf(["abc"], { failure }).request, 5, RATE);
    await expect(broken).rejects.toMatchObject({ code: "cancelled", cause: failure });
  });
});

test("bodyError() recognises a client that has left, and leaves other errors unchanged", () => {
  const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
  expect(bodyError(reset)).toMatchObject({ code: "cancelled", cause: reset });
  for (const error of [new Error("AbortError"), Object.assign(new Error("disk"), { code: "EIO" }), null, "x"])
    expect(bodyError(error)).toBe(error);
});

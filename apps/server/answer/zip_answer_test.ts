import { expect, test } from "bun:test";
import { unzipSync } from "fflate";
import { zipAnswer, type ZipEntry } from "./zip_answer.ts";

const REQUEST = new Request("http://localhost/archives");

/** Returns the answer with these entries, and the steps of its cleaning up, in order. */
function answerOf(make: () => AsyncGenerator<ZipEntry>) {
  const steps: string[] = [];
  async function* entries() {
    try {
      yield* make();
    } finally {
      steps.push("entries ended");
    }
  }
  const held = { [Symbol.asyncDispose]: async () => void steps.push("held disposed") };
  return { response: zipAnswer(REQUEST, entries(), { fileName: "a.zip", held }), steps };
}

async function* twoEntries(): AsyncGenerator<ZipEntry> {
  yield { name: "a.txt", input: "first", size: 5 };
  yield { name: "b/c.txt", input: new Blob(["second"]).stream() };
}

test("zipAnswer() sends all entries, then disposes of the held files", async () => {
  const { response, steps } = answerOf(twoEntries);
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="a.zip"');
  const files = unzipSync(await response.bytes());
  const texts = Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]);
  expect(texts).toEqual([
    ["a.txt", "first"],
    ["b/c.txt", "second"],
  ]);
  expect(steps).toEqual(["entries ended", "held disposed"]);
});

test("zipAnswer() breaks off at an error, and disposes of the held files", async () => {
  const { response, steps } = answerOf(async function* () {
    yield { name: "a.txt", input: "first" };
    throw new Error("no second file");
  });
  await expect(response.bytes()).rejects.toThrow("no second file");
  expect(steps).toEqual(["entries ended", "held disposed"]);
});

test("zipAnswer() disposes of the held files when the client leaves, even before it reads", async () => {
  for (const reads of [0, 1]) {
    const { response, steps } = answerOf(twoEntries);
    const reader = response.body?.getReader();
    for (let read = 0; read < reads; read++) await reader?.read();
    await reader?.cancel();
    expect(steps).toContain("held disposed");
  }
});

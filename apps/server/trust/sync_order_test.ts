import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { strace, straceObstacle, type TracedCall } from "@progimage/core/testing";
import { tarOf } from "../end_to_end/testing_archives.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { descendants, startServer, type TestServer } from "../end_to_end/testing_server.ts";

const obstacle = await straceObstacle();
const CALLS = ["fsync", "fdatasync", "mkdir", "pwrite64", "sendto", "write", "writev", "sendmsg"];

/** So slow that an answer which does not wait for them comes first. */
const SLOW = ["fsync:delay_enter=80000", "fdatasync:delay_enter=30000"];

if (obstacle) console.log(`The order of syncs and answers was not tested: ${obstacle}`);

describe.skipIf(obstacle !== null)("an answer that confirms an upload", () => {
  let server: TestServer;
  let elsewhere: ReturnType<typeof Bun.serve>;
  const pictures = new Map<string, Buffer>();

  beforeAll(async () => {
    elsewhere = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ url }) => new Response(new Uint8Array(pictures.get(new URL(url).pathname) ?? [])),
    });
    server = await startServer({
      settings: { PROGIMAGE_FETCH_ALLOW_HOSTS: `127.0.0.1:${elsewhere.port}` },
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await elsewhere.stop(true);
  });

  const send = (body: BodyInit, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/images`, { method: "POST", body, headers });

  const kinds: Readonly<Record<string, (picture: Buffer) => Promise<Response>>> = {
    "a raw body": (picture) => send(new Uint8Array(picture)),
    "a form": (picture) => {
      const form = new FormData();
      form.append("image", new Blob([new Uint8Array(picture)]), "a.jpg");
      return send(form);
    },
    "a URL": (picture) => {
      pictures.set("/a.jpg", picture);
      return send(JSON.stringify({ url: `http://127.0.0.1:${elsewhere.port}/a.jpg` }), {
        "content-type": "application/json",
      });
    },
    "an archive": async (picture) =>
      await send(new Uint8Array(await tarOf([{ name: "a.jpg", bytes: picture }])), {
        "content-type": "application/x-tar",
      }),
  };

  for (const [index, [name, post]] of Object.entries(kinds).entries()) {
    test(`comes after the syncs of its bytes, their folders and the log: ${name}`, async () => {
      const picture = await noise(index, 64, 64);
      const digest = new Bun.CryptoHasher("sha256").update(picture).digest("hex");
      const { calls, id } = await tracedPost(() => post(picture));
      const answeredAt = answerOf(calls, id);
      const shard = `/blobs/${digest.slice(0, 2)}`;
      // The blob and its folder are new, so that the test cannot pass because they existed.
      expect(calls.some((call) => call.name === "mkdir" && call.args.includes(`${shard}"`))).toBe(true);
      for (const path of [`/${digest}-`, `${shard}>`, "/blobs>"])
        expect({ path, isSafe: isSafe(calls, path, answeredAt) }).toEqual({ path, isSafe: true });
      if (index === 0) expect(isSafe(calls, "/db>", answeredAt)).toBe(true);
      expectLogIsSafe(calls, id, answeredAt);
    });
  }

  test("comes after the sync of the log if the bytes are already stored", async () => {
    const picture = await noise(100, 64, 64);
    await server.client.images.upload(picture);
    const { calls, id } = await tracedPost(() => send(new Uint8Array(picture)));
    expectLogIsSafe(calls, id, answerOf(calls, id));
  });

  test("comes after the syncs of staged bytes, if a job stores them later", async () => {
    const picture = await noise(101, 64, 64);
    const digest = new Bun.CryptoHasher("sha256").update(picture).digest("hex");
    const form = new FormData();
    form.append("image", new Blob([new Uint8Array(picture)]), "a.jpg");
    const { calls, id } = await tracedPost(() => send(form, { prefer: "respond-async" }), 202);
    const answeredAt = answerOf(calls, id);
    for (const path of [`/${digest}-`, `/blobs/${digest.slice(0, 2)}>`, "/blobs>"])
      expect({ path, isSafe: isSafe(calls, path, answeredAt) }).toEqual({ path, isSafe: true });
    expectLogIsSafe(calls, id, answeredAt);
  });

  /** Posts while the HTTP process is traced. Returns the id of the image or job in the answer. */
  async function tracedPost(post: () => Promise<Response>, status?: number) {
    const [httpProcess = 0] = await descendants(server.pid);
    await using traced = await strace(httpProcess, { calls: CALLS, inject: SLOW });
    const response = await post();
    if (status) expect(response.status).toBe(status);
    const [, id = ""] = /"id":"([^"]+)"/.exec(await response.text()) ?? [];
    expect(id).not.toBe("");
    return { calls: await traced.stop(), id };
  }
});

/** Returns the time of the first byte of the answer that contains an id. */
function answerOf(calls: readonly TracedCall[], id: string): number {
  const answer = calls.find(({ args }) => args.includes("<socket:") && args.includes(id));
  if (!answer) throw new Error("Cannot find the answer among the calls");
  return answer.beganAt;
}

/** Whether a file or folder was synced without an error before a time. */
function isSafe(calls: readonly TracedCall[], path: string, before: number): boolean {
  return calls.some(
    ({ name, args, result, endedAt }) =>
      name === "fsync" && args.includes(path) && Number.parseInt(result) === 0 && endedAt < before,
  );
}

/** The log must be synced after the row was written to it. Later writes about a job need no sync. */
function expectLogIsSafe(calls: readonly TracedCall[], id: string, before: number): void {
  const written = calls.find(
    ({ name, args }) => name === "pwrite64" && args.includes("-wal>") && args.includes(id),
  );
  expect(written).toBeDefined();
  const writtenAt = written?.endedAt ?? Infinity;
  const isSynced = calls.some(
    ({ name, args, result, beganAt, endedAt }) =>
      /^f(?:data)?sync$/.test(name) &&
      args.includes("-wal>") &&
      Number.parseInt(result) === 0 &&
      beganAt > writtenAt &&
      endedAt < before,
  );
  expect(isSynced).toBe(true);
}

import { describe, expect, test } from "bun:test";
import type { StoredImage } from "@progimage/core";
import { imageFixture } from "@progimage/core/testing";
import { type Caller, OPEN_CALLER, STRANGER } from "../access/caller.ts";
import { EVERYONE } from "../access/delivery_rule.ts";
import { beginContext } from "../http/request_context.ts";
import { markDeprecated } from "./deprecation.ts";
import { type KnownAnswer, KnownAnswers } from "./known_answers.ts";

const BYTES = new TextEncoder().encode("bytes");
const PATH = "/images/a.webp?flip";

const requestOf = (path = PATH, { method = "GET", ...headers }: Record<string, string> = {}) =>
  new Request(`http://localhost${path}`, { method, headers });

const imageOf = (changes: Partial<StoredImage> = {}): StoredImage =>
  imageFixture({ id: "a", revision: 1, generation: 1, ...changes }) as StoredImage;

/** Returns a cache whose catalog has the given images, at once or after a look. */
function cacheOf(images: readonly StoredImage[], { isRecent = true } = {}) {
  const byId = new Map(images.map((image) => [image.id, image]));
  const find = (id: string) => byId.get(id) ?? null;
  const known = new KnownAnswers({
    now: Date.now,
    signedMaxAge: 60,
    recallImage: (id) => (isRecent ? find(id) : null),
    findImage: async (id) => find(id),
  });
  return {
    known,
    replace: (image: StoredImage) => byId.set(image.id, image),
    remove: (id: string) => byId.delete(id),
  };
}

function answerOf(changes: Partial<KnownAnswer> = {}, headers: Record<string, string> = {}): KnownAnswer {
  const own = { etag: '"a"', ...headers };
  const lastModified = "Tue, 01 Jan 2030 00:00:00 GMT";
  return {
    answer: { etag: '"a"', lastModified, headers: own, notModifiedHeaders: own, cacheSeconds: 0 },
    images: [imageOf()],
    right: EVERYONE,
    recall: () => ({ bytes: BYTES.length, content: BYTES }),
    ...changes,
  };
}

const textOf = async (answer: ReturnType<KnownAnswers["answer"]>) => (await answer)?.text() ?? null;

describe("KnownAnswers", () => {
  test("answers the same request at once, with further headers", async () => {
    const { known } = cacheOf([imageOf()]);
    expect(known.answer(requestOf(), {}, OPEN_CALLER)).toBeNull();
    known.remember(requestOf(), answerOf());
    const response = known.answer(requestOf(), { "x-request-id": "1" }, OPEN_CALLER);
    if (!(response instanceof Response)) throw new Error("Cannot answer at once: there is no response");
    expect(response.headers.get("x-request-id")).toBe("1");
    expect(await response.text()).toBe("bytes");
    expect(known.answer(requestOf(`${PATH}&flop`), {}, OPEN_CALLER)).toBeNull();
  });

  test("gives an answer only to callers with its right", async () => {
    const { known } = cacheOf([imageOf()]);
    const right = { isPublic: false, isSignable: true, scopes: ["images:read"] } as const;
    known.remember(requestOf(), answerOf({ right }));
    const keyed: Caller = { tenant: "", scopes: new Set(["images:read"]), by: "key", keyId: "k" };
    const refused = [STRANGER, { ...keyed, scopes: new Set(["recipes:run"] as const) }];
    const kinds: readonly Record<string, string>[] = [
      {},
      { method: "HEAD" },
      { range: "bytes=0-1" },
      { "if-none-match": '"a"' },
    ];
    for (const headers of kinds) {
      for (const caller of refused) expect(known.answer(requestOf(PATH, headers), {}, caller)).toBeNull();
      for (const caller of [keyed, { ...keyed, by: "signature" } as const])
        expect(known.answer(requestOf(PATH, headers), {}, caller)).toBeInstanceOf(Response);
    }
  });

  test("gives an answer only to callers of its tenant", () => {
    const { known } = cacheOf([imageOf()]);
    const request = requestOf();
    const caller = { ...STRANGER, tenant: "shop" };
    beginContext(request, { id: "1", caller, keepAlive: () => {}, awaitClient: () => {} });
    known.remember(request, answerOf());
    expect(known.answer(requestOf(), {}, STRANGER)).toBeNull();
    expect(known.answer(requestOf(), {}, { ...STRANGER, tenant: "other" })).toBeNull();
    expect(known.answer(requestOf(), {}, caller)).toBeInstanceOf(Response);
  });

  test("adds to the Vary of an answer, also when it sends it again", async () => {
    const { known } = cacheOf([imageOf()]);
    known.remember(requestOf(), answerOf({}, { vary: "Accept" }));
    for (const requestId of ["1", "2"]) {
      const response = await known.answer(
        requestOf(),
        { vary: "Origin", "x-request-id": requestId },
        OPEN_CALLER,
      );
      expect([...(response?.headers ?? [])]).toEqual([
        ["etag", '"a"'],
        ["vary", "Accept, Origin"],
        ["x-request-id", requestId],
      ]);
    }
  });

  test("answers only GET and HEAD", () => {
    const { known } = cacheOf([imageOf()]);
    known.remember(requestOf(), answerOf());
    expect(known.answer(requestOf(PATH, { method: "HEAD" }), {}, OPEN_CALLER)).not.toBeNull();
    for (const method of ["DELETE", "PATCH", "POST"])
      expect(known.answer(requestOf(PATH, { method }), {}, OPEN_CALLER)).toBeNull();
  });

  test("answers 304 to a caller that has the image", async () => {
    const { known } = cacheOf([imageOf()]);
    known.remember(requestOf(), answerOf());
    const response = await known.answer(requestOf(PATH, { "if-none-match": '"a"' }), {}, OPEN_CALLER);
    expect([response?.status, response?.body]).toEqual([304, null]);
  });

  test.each([
    ["a new revision", { revision: 2 }],
    ["a new generation", { generation: 2 }],
  ])("forgets an answer whose image has %s", async (_name, changes) => {
    for (const isRecent of [true, false]) {
      const { known, replace } = cacheOf([imageOf()], { isRecent });
      known.remember(requestOf(), answerOf());
      replace(imageOf(changes));
      expect(await known.answer(requestOf(), {}, OPEN_CALLER)).toBeNull();
      replace(imageOf());
      expect(await known.answer(requestOf(), {}, OPEN_CALLER)).toBeNull();
    }
  });

  test("forgets an answer if any image of its recipe is gone", async () => {
    const images = [imageOf(), imageOf({ id: "b" })];
    const { known, remove } = cacheOf(images);
    known.remember(requestOf(), answerOf({ images }));
    expect(await textOf(known.answer(requestOf(), {}, OPEN_CALLER))).toBe("bytes");
    remove("b");
    expect(await known.answer(requestOf(), {}, OPEN_CALLER)).toBeNull();
  });

  test("looks images up that the catalog has not had lately", async () => {
    const { known } = cacheOf([imageOf()], { isRecent: false });
    known.remember(requestOf(), answerOf());
    expect(await textOf(known.answer(requestOf(), {}, OPEN_CALLER))).toBe("bytes");
  });

  test("leaves a request to the router if the bytes are gone", async () => {
    const { known } = cacheOf([imageOf()]);
    known.remember(requestOf(), answerOf({ recall: () => null }));
    expect(await known.answer(requestOf(), {}, OPEN_CALLER)).toBeNull();
  });

  test("caches negotiated answers by the formats that a caller accepts", async () => {
    const { known } = cacheOf([imageOf()]);
    const webp = { accept: "image/webp" };
    known.remember(requestOf(PATH, webp), answerOf({}, { vary: "Accept" }));
    expect(await textOf(known.answer(requestOf(PATH, webp), {}, OPEN_CALLER))).toBe("bytes");
    expect(await known.answer(requestOf(PATH, { accept: "image/png" }), {}, OPEN_CALLER)).toBeNull();
  });

  test("caches no image that expires, and no long path", async () => {
    const { known } = cacheOf([imageOf()]);
    known.remember(requestOf(), answerOf({ images: [imageOf({ expiresAt: Date.now() + 60_000 })] }));
    expect(await known.answer(requestOf(), {}, OPEN_CALLER)).toBeNull();
    for (const [length, isCached] of [
      [1_024, true],
      [1_025, false],
    ] as const) {
      const path = PATH.padEnd(length, "x");
      known.remember(requestOf(path), answerOf());
      expect((await known.answer(requestOf(path), {}, OPEN_CALLER)) !== null).toBe(isCached);
    }
  });

  test("announces a deprecation in cached answers and in 304s", async () => {
    const { known } = cacheOf([imageOf()]);
    const request = requestOf();
    markDeprecated(request);
    known.remember(request, answerOf());
    for (const headers of [{}, { "if-none-match": '"a"' }] as Record<string, string>[]) {
      const response = await known.answer(requestOf(PATH, headers), {}, OPEN_CALLER);
      expect(response?.headers.get("deprecation")).toMatch(/^@\d+$/);
    }
  });
});

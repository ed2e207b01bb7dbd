import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Ports } from "@progimage/core";
import { type TestFolder, testFolder, testingJobPorts } from "@progimage/core/testing";
import pino from "pino";
import { noise as noiseBytes } from "../../end_to_end/testing_pictures.ts";
import { problemOf } from "../../http/problem.ts";
import { beginContext } from "../../http/request_context.ts";
import { readConfig } from "../../settings/config.ts";
import { type FirstContext, shareContext } from "../../shared_context.ts";
import { uploadImagesRoute } from "./upload_images.ts";

const noise = async (seed: number) => new Blob([Uint8Array.from(await noiseBytes(seed))]);

const LATER = Date.now() + 3_600_000;

/** The request of a caller with a token. */
interface Sent {
  readonly body: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  /** The id of the token. */
  readonly id?: string;
}

let folder: TestFolder;
let ports: Ports;
let send: (query: string, sent: Sent) => Promise<{ readonly status: number; readonly json: Json }>;

type Json = Readonly<Record<string, unknown>>;

const JPEG = { "content-type": "image/jpeg" };

beforeAll(async () => {
  folder = await testFolder();
  ports = await testingJobPorts(folder.path);
  const config = readConfig({ PROGIMAGE_MAX_UPLOAD_BYTES: "1000000" });
  const log = pino({ level: "silent" });
  const context = shareContext({
    config,
    log,
    ports,
    publicUrl: "",
    renderEpoch: "",
  } as unknown as FirstContext);
  const route = uploadImagesRoute(context);
  send = async (query, { body, headers, id = crypto.randomUUID() }) => {
    const request = new Request(`http://localhost/images${query}`, { method: "POST", body, headers });
    const signature = { id, expiresAt: LATER, bare: `/images${query}` };
    const caller = {
      tenant: "",
      scopes: new Set(["images:create"] as const),
      by: "token",
      keyId: "k",
      signature,
    } as const;
    beginContext(request, { id: "r", caller, keepAlive: () => {}, awaitClient: () => {} });
    const answer = await route({ request }).catch((error: unknown) => {
      const problem = problemOf(error, { requestId: "r", debug: false });
      return Response.json(problem, { status: problem.status });
    });
    return { status: answer.status, json: await answer.json() };
  };
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

function formOf(parts: readonly (readonly [name: string, value: Blob | string])[]): FormData {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  return form;
}

/** Returns a body that must not be read. */
function unreadBody(): ReadableStream {
  return new ReadableStream(
    {
      pull: () => {
        throw new Error("The body was read");
      },
    },
    { highWaterMark: 0 },
  );
}

const countImages = async () => (await ports.catalog.count({ order: "createdAt" }, 1_000)).count;

describe("uploadImagesRoute() with an upload token", () => {
  test("stores a raw image, or the file of a form, with the attributes of the token", async () => {
    const query = `?maxBytes=900000&formats=png&formats=jpeg&tags=avatar&metadata=${encodeURIComponent('{"user":7}')}&expiresIn=60`;
    const bound = { tags: ["avatar"], metadata: { user: 7 }, expiresAt: expect.any(String), format: "jpeg" };
    expect(await send(query, { body: await noise(1), headers: JPEG })).toMatchObject({
      status: 201,
      json: bound,
    });
    const form = formOf([
      ["tags", "avatar"],
      ["name", "me"],
      ["image", await noise(2)],
      ["focalPoint", "0.5,0.25"],
    ]);
    const own = { name: "me", focalPoint: { x: 0.5, y: 0.25 } };
    expect(await send(query, { body: form })).toMatchObject({ status: 201, json: { ...bound, ...own } });
  });

  const contradicting: readonly (readonly [name: string, value: string])[] = [
    ["tags", "approved"],
    ["tag", "approved"],
    ["metadata", '{"user":8}'],
    ["expiresAt", "2100-01-01T00:00:00Z"],
    ["expiresIn", "61"],
    ["name", "other"],
  ];

  test.each(contradicting)(
    "refuses a form whose %s is not that of the token, before and after the file",
    async (name, value) => {
      const before = await countImages();
      const picture = await noise(3);
      for (const query of ["?tags=avatar&name=me&expiresIn=60", name === "name" ? "?name=me" : ""])
        for (const parts of [
          [
            [name, value],
            ["image", picture],
          ],
          [
            ["image", picture],
            [name, value],
          ],
        ] as const)
          expect(await send(query, { body: formOf(parts) })).toMatchObject({
            status: 403,
            json: { code: "forbidden" },
          });
      expect(await countImages()).toBe(before);
    },
  );

  test("checks its terms before it reads the body", async () => {
    const refused: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
      ["?maxBytes=100", { ...JPEG, "content-length": "101" }, "too_large"],
      ["?formats=png&formats=gif", JPEG, "unsupported_media"],
      ["", { "content-type": "application/json" }, "forbidden"],
      ["", { "content-type": "application/zip" }, "forbidden"],
      ["?maxBytes=0", JPEG, "invalid_parameter"],
      ["?maxBytes=1&maxBytes=2", JPEG, "conflicting_parameters"],
      ["?formats=exe", JPEG, "invalid_parameter"],
      ["?unknown=1", JPEG, "unknown_parameter"],
    ];
    for (const [query, headers, code] of refused)
      expect([query, (await send(query, { body: unreadBody(), headers })).json["code"]]).toEqual([
        query,
        code,
      ]);
  });

  test("checks the bytes that arrive, whatever the caller says of them", async () => {
    const picture = await noise(4);
    const small = `?maxBytes=${picture.size - 1}`;
    const typed = (type: string) => ({ body: picture, headers: { "content-type": type } });
    expect(await send(small, typed("image/jpeg"))).toMatchObject({ json: { code: "too_large" } });
    expect(await send(small, { body: formOf([["image", picture]]) })).toMatchObject({
      json: { code: "too_large" },
    });
    expect(await send("?formats=png", typed("image/png"))).toMatchObject({
      json: { code: "unsupported_media" },
    });
    expect(await send(`?maxBytes=${picture.size}&formats=jpeg`, typed("image/jpeg"))).toMatchObject({
      status: 201,
    });
  });

  test("stores nothing of a form with two files", async () => {
    const before = await countImages();
    const form = formOf([
      ["a", await noise(5)],
      ["b", await noise(6)],
    ]);
    expect(await send("", { body: form })).toMatchObject({ status: 400, json: { code: "invalid_request" } });
    expect(await countImages()).toBe(before);
  });

  test("with once stores one image of any number of uploads, and refuses the next before its body", async () => {
    const before = await countImages();
    const pictures = await Promise.all(Array.from({ length: 50 }, (_, index) => noise(100 + index)));
    const sent = pictures.map((body, index) =>
      send(
        "?once=true",
        index % 2 === 0 ? { id: "t", body, headers: JPEG } : { id: "t", body: formOf([["image", body]]) },
      ),
    );
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses.toSorted((one, other) => one - other)).toEqual([
      201,
      ...Array.from({ length: 49 }, () => 409),
    ]);
    expect(await countImages()).toBe(before + 1);
    const again = await send("?once=true", { id: "t", body: unreadBody(), headers: JPEG });
    expect(again).toMatchObject({ status: 409, json: { code: "conflict" } });
  }, 60_000);

  test("with once gives a repeated upload with an Idempotency-Key its first answer", async () => {
    const headers = { ...JPEG, "idempotency-key": "one" };
    const sent = { id: "u", body: await noise(7), headers };
    const first = await send("?once=true", sent);
    expect(first.status).toBe(201);
    expect(await send("?once=true", sent)).toEqual(first);
    const other = { ...sent, headers: { ...JPEG, "idempotency-key": "two" } };
    expect(await send("?once=true", other)).toMatchObject({ status: 409 });
  });

  test("without once stores any number of images", async () => {
    for (const seed of [8, 9])
      expect(await send("", { id: "v", body: await noise(seed), headers: JPEG })).toMatchObject({
        status: 201,
      });
  });
});

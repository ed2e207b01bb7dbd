import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { tarOf } from "./testing_archives.ts";
import { postJson, startPictureHost } from "./testing_jobs.ts";
import { noise } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";

/** Sends an upload with a key, some tags and an expiry in seconds. Returns its status, or that of its first item. */
type Door = (
  key: string,
  said: { readonly tags: readonly string[]; readonly expiresIn?: number },
) => Promise<Outcome>;

interface Outcome {
  readonly status: number;
  readonly id?: string;
  readonly code?: string;
}

describe("Idempotency-Key", () => {
  let server: TestServer;
  let elsewhere: ReturnType<typeof startPictureHost>;
  let picture: Uint8Array<ArrayBuffer>;
  let id: string;

  beforeAll(async () => {
    picture = new Uint8Array(await noise(1));
    elsewhere = startPictureHost(picture);
    server = await startServer({ settings: { PROGIMAGE_FETCH_ALLOW_HOSTS: elsewhere.host } });
    ({ id } = await server.client.images.upload(picture));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
  });

  const outcome = async (response: Response): Promise<Outcome> => {
    const json = (await response.json()) as { readonly items?: readonly Item[] } & Item;
    const [item] = json.items ?? [];
    const { id: made, code, image, problem, status = response.status } = item ?? json;
    return { status: item ? status : response.status, id: image?.id ?? made, code: problem?.code ?? code };
  };
  const post = async (path: string, key: string, body: BodyInit, type = "") =>
    outcome(
      await fetch(`${server.url}${path}`, {
        method: "POST",
        headers: { "idempotency-key": key, ...(type && { "content-type": type }) },
        body,
      }),
    );
  const json = async (path: string, key: string, body: object) =>
    outcome(await postJson(`${server.url}${path}`, body, { "idempotency-key": key }));
  const queryOf = ({ tags, expiresIn }: Parameters<Door>[1]) => {
    const query = new URLSearchParams(tags.map((tag) => ["tags", tag]));
    if (expiresIn !== undefined) query.set("expiresIn", String(expiresIn));
    return query;
  };

  const doors: readonly (readonly [name: string, send: Door])[] = [
    ["a raw body", (key, said) => post(`/images?${queryOf(said)}`, key, picture)],
    ["a batch", (key, said) => post(`/images/batch?${queryOf(said)}`, key, picture)],
    [
      "a form",
      (key, said) => {
        const form = new FormData();
        for (const [name, value] of queryOf(said)) form.append(name, value);
        for (const name of ["a.jpg", "b.jpg"]) form.append("file", new File([picture], name));
        return post("/images", key, form);
      },
    ],
    [
      "an archive",
      async (key, said) =>
        post(
          `/images?${queryOf(said)}`,
          key,
          await tarOf([{ name: "a.jpg", bytes: picture }]),
          "application/x-tar",
        ),
    ],
    ["a URL", (key, said) => json("/images", key, { url: elsewhere.urlOf("a.jpg"), ...said })],
    ["URLs", (key, said) => json("/images", key, { urls: [elsewhere.urlOf("a.jpg")], ...said })],
    ["items", (key, said) => json("/images", key, { items: [{ url: elsewhere.urlOf("a.jpg"), ...said }] })],
    ["a render", (key, save) => json("/render", key, { source: id, steps: [{ transform: "flip" }], save })],
    ["renders", (key, save) => json("/render", key, { source: id, outputs: [{ format: "png" }], save })],
    ["a transform", (key, save) => json("/transforms/flip", key, { source: id, save })],
  ];

  for (const [index, [name, send]] of doors.entries()) {
    test(`covers the attributes of ${name} too, with relative times as written`, async () => {
      const key = `door-${index}`;
      const first = await send(key, { tags: ["a"], expiresIn: 3600 });
      expect(first.status).toBe(201);
      expect(await send(key, { tags: ["a", "a"], expiresIn: 3600 })).toEqual(first);
      for (const said of [{ tags: ["b"], expiresIn: 3600 }, { tags: ["a"] }, { tags: ["a"], expiresIn: 60 }])
        expect(await send(key, said)).toMatchObject({ status: 422, code: "key_reused" });
    });
  }

  test("applies to one path only", async () => {
    expect((await post("/images", "path", picture)).status).toBe(201);
    expect(await post("/images/batch", "path", picture)).toMatchObject({ status: 422, code: "key_reused" });
  });

  test("conflicts with invalid or empty bytes if it was used for others", async () => {
    const wrong = [
      new Uint8Array(picture.subarray(0, 60)),
      new TextEncoder().encode("text"),
      new Uint8Array(),
    ];
    for (const bytes of wrong)
      expect((await post("/images", "unused", bytes)).code).toMatch(
        /^(?:broken_image|unsupported_media|invalid_request)$/,
      );
    expect((await post("/images", "used", picture)).status).toBe(201);
    for (const bytes of wrong)
      expect(await post("/images", "used", bytes)).toMatchObject({ status: 422, code: "key_reused" });
  });

  test("is refused where it has no meaning", async () => {
    for (const [path, body] of [
      ["/images/bulk", { action: "delete", select: { ids: [id] } }],
      ["/purge", { select: { ids: [id] } }],
      ["/archives", { select: { ids: [id] } }],
      [`/images/${id}/erase`, {}],
      [`/images/${id}/restore`, {}],
      [`/jobs/${id}/cancel`, {}],
      [`/jobs/${id}/retry`, {}],
      [`/jobs/${id}/webhook`, {}],
      ["/render", { source: id, steps: [{ transform: "flip" }] }],
      ["/transforms/flip", { source: id }],
    ] as const) {
      const refused = await postJson(`${server.url}${path}`, body, { "idempotency-key": "any" });
      expect([path, refused.status]).toEqual([path, 400]);
      expect(await refused.json()).toMatchObject({ code: "invalid_parameter", parameter: "Idempotency-Key" });
    }
    expect((await server.client.images.find(id))?.id).toBe(id);
  });
});

interface Item {
  readonly status?: number;
  readonly id?: string;
  readonly code?: string;
  readonly image?: { readonly id: string };
  readonly problem?: { readonly code: string };
}

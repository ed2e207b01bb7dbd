import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Image, ImagePatch } from "@progimage/client";
import { testFolder } from "@progimage/core/testing";
import { postJson, startPictureHost } from "./testing_jobs.ts";
import { noise } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";

/** All attributes that many images can share; the compiler reports a missing one. */
const IN = { exchange: { prefix: "in/" } };
const SHARED: Required<Omit<ImagePatch, "expiresIn" | "name">> = {
  tags: ["a", "b, c"],
  metadata: { sku: "4711", nested: [{ deep: null }] },
  focalPoint: { x: 0.25, y: 1 },
  private: true,
  expiresAt: "2100-01-31T12:00:00.000Z",
};
const SAID = { ...SHARED, name: "Tom" };

/** The same as texts, each of which is a parameter of the query or a field. */
const TEXTS: Readonly<Record<keyof typeof SAID, readonly string[]>> = {
  name: ["Tom"],
  tags: ["a", "b, c"],
  metadata: [JSON.stringify(SHARED.metadata)],
  focalPoint: ["0.25,1"],
  private: ["true"],
  expiresAt: ["2100-01-31T12:00:00Z"],
};
const NAMED_TEXTS = Object.entries(TEXTS).flatMap(([name, texts]) =>
  texts.map((text) => [name, text] as const),
);

type Attributes = Readonly<Record<string, unknown>>;

describe("an attribute", () => {
  let server: TestServer;
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let elsewhere: ReturnType<typeof startPictureHost>;
  let bytes: Uint8Array<ArrayBuffer>;
  let id: string;

  beforeAll(async () => {
    bytes = new Uint8Array(await noise(1));
    elsewhere = startPictureHost(await noise(2));
    folder = await testFolder();
    await Bun.write(join(folder.path, "in/Tom"), await noise(3));
    server = await startServer({
      settings: { PROGIMAGE_FETCH_ALLOW_HOSTS: elsewhere.host, PROGIMAGE_EXCHANGE_DIR: folder.path },
    });
    ({ id } = await server.client.images.upload(bytes, { name: "plain" }));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const json = (path: string, body: object) => postJson(`${server.url}${path}`, body);
  const postForm = (parts: readonly (readonly [string, string])[]) => {
    const form = new FormData();
    for (const [name, value] of parts) form.append(name, value);
    form.append("file", new File([bytes], "file.jpg"));
    return fetch(`${server.url}/images`, { method: "POST", body: form });
  };
  const postRaw = (parts: readonly (readonly [string, string])[]) =>
    fetch(`${server.url}/images?${new URLSearchParams(parts.map((each) => [...each]))}`, {
      method: "POST",
      body: bytes,
    });
  const jobItem = async (response: Response): Promise<Response> => {
    if (response.status !== 202) return response;
    const job = await server.client.jobs.get(((await response.json()) as { readonly id: string }).id);
    await job.wait();
    const [item] = await Array.fromAsync(server.client.jobs.items(job.id));
    return Response.json(await server.client.images.get(item?.results[0]?.imageId ?? ""));
  };
  const firstItem = async (response: Response): Promise<Response> => {
    if (response.status !== 200) return response;
    const { items } = (await response.json()) as { items: readonly { readonly image: Image }[] };
    return Response.json(items[0]?.image);
  };

  /** Each endpoint that takes attributes, and their place in its request. */
  const doors: readonly (readonly [
    name: string,
    path: string,
    send: (said: Attributes) => Promise<Response>,
    said?: Attributes,
  ])[] = [
    ["POST /images of a URL", "", (said) => json("/images", { url: elsewhere.urlOf("x.jpg"), ...said })],
    [
      "POST /images of URLs",
      "",
      async (said) => firstItem(await json("/images", { urls: [elsewhere.urlOf("x.jpg")], ...said })),
    ],
    [
      "items of POST /images",
      "items/0/",
      async (said) =>
        firstItem(await json("/images", { items: [{ url: elsewhere.urlOf("x.jpg"), ...said }] })),
    ],
    [
      "items of POST /images in the background",
      "items/0/",
      async (said) => {
        const items = [{ url: elsewhere.urlOf("x.jpg"), ...said }];
        return jobItem(await postJson(`${server.url}/images`, { items }, { prefer: "respond-async" }));
      },
    ],
    ["save of POST /render", "save/", (said) => json("/render", { source: id, format: "png", save: said })],
    [
      "save of POST /render with outputs",
      "save/",
      async (said) =>
        firstItem(await json("/render", { source: id, outputs: [{ format: "png" }], save: said })),
    ],
    [
      "save of POST /transforms/{name}",
      "save/",
      (said) => json("/transforms/flip", { source: id, save: said }),
    ],
    [
      "PATCH /images/{id}/info",
      "",
      (patch) =>
        fetch(`${server.url}/images/${id}/info`, {
          method: "PATCH",
          headers: { "content-type": "application/merge-patch+json" },
          body: JSON.stringify(patch),
        }),
    ],
    [
      "patch of POST /images/bulk",
      "patch/",
      async (patch) =>
        firstItem(await json("/images/bulk", { action: "update", select: { ids: [id] }, patch })),
    ],
    [
      "attributes of POST /jobs",
      "attributes/",
      async (attributes) =>
        jobItem(await json("/jobs", { select: { urls: [elsewhere.urlOf("Tom")] }, attributes })),
      SHARED,
    ],
    [
      "attributes of POST /images/import",
      "attributes/",
      async (attributes) => jobItem(await json("/images/import", { select: IN, attributes })),
      { ...SHARED, metadata: { importedFrom: "mine", ...SHARED.metadata } },
    ],
  ];

  for (const [name, path, send, said = SAID] of doors) {
    test(`is the same at ${name}`, async () => {
      const response = await send(said);
      expect([response.ok, await response.json()]).toEqual([
        true,
        expect.objectContaining({ ...SAID, ...said }),
      ]);
      const { expiresAt: _expiresAt, ...others } = said;
      const soon = (await (await send({ ...others, expiresIn: 3_600 })).json()) as Image;
      expect(secondsUntil(soon)).toBeCloseTo(3_600, -2);
      expect(await refusal(await send({ tags: ["a", 1] }))).toMatchObject({ parameter: `${path}tags/1` });
      expect(await refusal(await send({ taggs: [] }))).toMatchObject({
        parameter: `${path}taggs`,
        suggestion: "tags",
        known: expect.arrayContaining(["tags", "metadata", "focalPoint", "expiresAt", "expiresIn"]),
      });
      for (const both of [{ expiresAt: SAID.expiresAt, expiresIn: 1 }, { expiresIn: 0 }, { expiresIn: 1.5 }])
        expect(await refusal(await send(both))).toMatchObject({ parameter: `${path}expiresIn` });
      expect(await refusal(await send({ focalPoint: { x: 2, y: 0 } }))).toMatchObject({
        parameter: `${path}focalPoint/x`,
      });
    });
  }

  for (const [name, send] of [
    ["the query", postRaw],
    ["a form", postForm],
  ] as const) {
    test(`is the same in ${name} of POST /images, where it is written as texts`, async () => {
      const response = await send(NAMED_TEXTS);
      expect([response.status, response.headers.get("deprecation"), await response.json()]).toEqual([
        201,
        null,
        expect.objectContaining(SAID),
      ]);
      const soon = (await (await send([["expiresIn", "3600"]])).json()) as Image;
      expect(secondsUntil(soon)).toBeCloseTo(3_600, -2);
      expect(
        await (
          await send([
            ["tag", "a"],
            ["tags", "b"],
            ["tag", "a"],
          ])
        ).json(),
      ).toMatchObject({
        tags: ["a", "b"],
      });
      for (const [wrong, problem] of [
        [[["expiresIn", "soon"]], { parameter: "expiresIn" }],
        [[["expiresAt", "3600"]], { parameter: "expiresAt" }],
        [[["focalPoint", "0.5"]], { parameter: "focalPoint" }],
        [[["private", "yes"]], { parameter: "private" }],
        [[["focalPoint", "0.5,1.5"]], { parameter: "focalPoint/y" }],
        [[["tag", ""]], { parameter: "tag/0" }],
        [[["metadata", "[]"]], { code: "invalid_request" }],
        [[["nmae", "x"]], { parameter: "nmae", suggestion: "name", known: expect.arrayContaining(["tags"]) }],
        [
          [
            ["name", "x"],
            ["name", "y"],
          ],
          { parameter: "name" },
        ],
        [
          [
            ["expiresAt", "2100-01-31"],
            ["expiresIn", "1"],
          ],
          { parameter: "expiresIn" },
        ],
      ] as const)
        expect([wrong, await refusal(await send(wrong))]).toEqual([wrong, expect.objectContaining(problem)]);
    });
  }

  test("private gives an image that becomes it a new URL, and new entity tags to its renders", async () => {
    const image = await server.client.images.upload(bytes);
    const render = async () =>
      (await fetch(`${server.url}/images/${image.id}?format=png`)).headers.get("etag");
    const before = await render();
    expect(image).toMatchObject({ private: false });
    const same = await server.client.images.update(image.id, { private: false, tags: ["x"] });
    expect([same.href, await render()]).toEqual([image.href, before]);
    const hidden = await server.client.images.update(image.id, { private: true });
    expect(hidden).toMatchObject({ private: true, href: expect.not.stringMatching(image.href) });
    expect(await render()).not.toBe(before);
    const shown = await server.client.images.update(image.id, { private: null });
    expect(shown).toMatchObject({ private: false, href: hidden.href });
  });

  test("is listed among the known fields in an error", async () => {
    const known = expect.arrayContaining(["tags"]);
    expect(await refusal(await json("/images", { ulr: elsewhere.urlOf("x") }))).toMatchObject({
      suggestion: "url",
      known,
    });
  });

  test("has its old name where that existed, with a Deprecation header", async () => {
    const expires = SHARED.expiresAt;
    const answers = [
      await postRaw([["expires", "3600"]]),
      await postRaw([["expires", "2100-01-31T12:00:00Z"]]),
      await postForm([["expires", "3600"]]),
      await json("/jobs", { select: { urls: [elsewhere.urlOf("x")] }, attributes: { expires } }),
      await json("/images/import", { select: IN, attributes: { expires: 3_600 } }),
    ];
    for (const answer of answers) {
      const [since = "", sunset = ""] = ["deprecation", "sunset"].map(
        (name) => answer.headers.get(name) ?? "",
      );
      expect([answer.ok, since]).toEqual([true, expect.stringMatching(/^@\d+$/)]);
      const days = (Date.parse(sunset) / 1_000 - Number(since.slice(1))) / 86_400;
      expect(days).toBeGreaterThanOrEqual(365);
    }
    const images = [answers[0], answers[2], await jobItem(answers[4] ?? Response.error())];
    for (const image of images) expect(secondsUntil((await image?.json()) as Image)).toBeCloseTo(3_600, -2);
    for (const image of [answers[1], await jobItem(answers[3] ?? Response.error())])
      expect(await image?.json()).toMatchObject({ expiresAt: SHARED.expiresAt });
    for (const value of ["soon", "-5", "0"])
      expect(await refusal(await postRaw([["expires", value]]))).toMatchObject({
        parameter: "expires",
        detail: expect.not.stringContaining("expiresAt"),
      });
    const both = { select: IN, attributes: { expires: 1, expiresIn: 1 } };
    expect(await refusal(await json("/images/import", both))).toMatchObject({
      parameter: "attributes/expires",
    });
  });

  test("has the same schema at every endpoint", async () => {
    const { components, paths } = await (await fetch(`${server.url}/swagger/json`)).json();
    const { ImageAttributes, ImagePatch, JobRequest, SharedAttributes } = components.schemas;
    const names = ["name", ...Object.keys(SHARED), "expiresIn"];
    for (const schema of [ImageAttributes, ImagePatch])
      expect([Object.keys(schema.properties), schema.additionalProperties]).toEqual([names, false]);
    expect(Object.keys(SharedAttributes.properties)).toEqual(names.slice(1));
    expect(JobRequest.properties.attributes).toEqual({ $ref: "#/components/schemas/SharedAttributes" });
    const { content } = paths["/images/{id}/info"].patch.requestBody;
    expect(content["application/merge-patch+json"].schema).toEqual({
      $ref: "#/components/schemas/ImagePatch",
    });
    const query = paths["/images"].post.parameters.filter(
      ({ in: place }: { in: string }) => place === "query",
    );
    expect(query.map(({ name }: { name: string }) => name)).toEqual(names);
    const shown = Object.keys(components.schemas.Image.properties);
    expect(shown).toEqual(expect.arrayContaining(names.slice(0, -1)));
  });
});

function secondsUntil({ expiresAt }: Image): number {
  return (Date.parse(expiresAt ?? "") - Date.now()) / 1_000;
}

async function refusal(response: Response): Promise<object> {
  const body = (await response.json()) as object;
  expect([response.status, body]).toEqual([400, expect.anything()]);
  return body;
}

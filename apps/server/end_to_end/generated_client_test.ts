import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createClient } from "@hey-api/openapi-ts";
import { testFolder } from "@progimage/core/testing";
import openapiTS, { astToString } from "openapi-typescript";
import { startServer } from "./testing_server.ts";

/** Ordinary calls of a program that takes its types from the document. */
const TYPED_CALLS = `
import type { components, operations } from "./api.ts";

type Body<Id extends keyof operations> = operations[Id] extends {
  requestBody?: { content: { "application/json": infer Json } };
}
  ? Json
  : never;
type Query<Id extends keyof operations> = NonNullable<operations[Id]["parameters"]["query"]>;
type Schemas = components["schemas"];

export const upload: Query<"uploadImages"> = { name: "a.jpg", expiresIn: 3600 };
export const fetched: Body<"uploadImages"> = { url: "https://example.com/a.jpg" };
export const patch: Body<"updateImage"> = { name: "new", tags: ["a"], focalPoint: { x: 0.5, y: 0.3 }, expiresAt: null };
export const page: Query<"listImages"> = { order: "name", limit: 10 };
export const picture: Query<"renderImage"> = { resize: "320x", preset: "hero" };
export const blur: Query<"transformBlur"> = { sigma: 4, format: "webp" };
export const render: Body<"render"> = { source: "id", steps: [{ transform: "resize", width: 300 }], format: "webp" };
export const job: Body<"createJob"> = { select: { all: true }, outputs: [{ preset: "hero" }], deliver: "derivatives" };
export const urgent: Body<"createJob"> = { ...job, select: { filter: { tag: "a" } }, priority: "high" };
export const bulk: Body<"bulkImages"> = { action: "update", select: { ids: ["id"] }, patch: { tags: { add: ["a"] } } };
export const imported: Body<"importImages"> = { select: { exchange: { prefix: "album/" } }, onlyNew: true };
export const purge: Body<"purgeImages"> = { select: { filter: { tag: "a" } } };
export const widthOf = (image: Schemas["Image"]): number => image.width;
export const isPassing = ({ code, retryable }: Schemas["Problem"]): boolean => code === "busy" || retryable;

// @ts-expect-error there is no such member
export const misspelt: Body<"updateImage"> = { nmae: "new" };
`;

/** The same calls with the functions of an SDK. */
const SDK_CALLS = `
import {
  bulkImages,
  createJob,
  describeImage,
  importImages,
  listImages,
  purgeImages,
  render,
  renderImage,
  transformBlur,
  updateImage,
  uploadBatch,
  uploadImages,
} from "./sdk/index.ts";

export async function call(bytes: Blob, id: string): Promise<string> {
  const stored = await uploadImages({ body: bytes, query: { name: "a.jpg", tags: ["a"], expiresIn: 3600 } });
  await uploadBatch({ body: { url: "https://example.com/a.jpg", focalPoint: { x: 0.5, y: 0.3 } } });
  const page = await listImages({ query: { order: "name", limit: 10, tag: ["a", "b"] } });
  const image = await describeImage({ path: { id } });
  await updateImage({ path: { id }, body: { name: "new", tags: { add: ["b"] }, focalPoint: null, expiresAt: null } });
  const bulk = await bulkImages({ body: { action: "update", select: { ids: [id] }, patch: { tags: ["a"] } } });
  await render({ body: { source: id, steps: [{ transform: "resize", width: 300 }], format: "webp" } });
  await renderImage({ path: { id, ext: "webp" }, query: { resize: "320x", preset: "hero" } });
  await transformBlur({ body: { source: id, sigma: 4, save: { tags: ["soft"] } } });
  const outputs = [{ recipe: "resize=300x" }];
  const job = await createJob({ body: { select: { all: true }, outputs, deliver: "derivatives" } });
  await createJob({ body: { select: { filter: { tag: "a" } }, outputs, deliver: "images", priority: "low" } });
  const imported = await importImages({ body: { select: { exchange: { prefix: "album/" } }, onlyNew: true } });
  await purgeImages({ body: { select: { filter: { tag: "a" } } } });
  if (image.error) return image.error.code + image.error.retryable;
  const widths = page.data?.items.map(({ width }) => width) ?? [];
  return [stored.data, widths, image.data?.width, bulk.data?.items.length, job.data?.status, imported.data?.counts.total].join();
}

// @ts-expect-error there is no such member
export const misspelt = updateImage({ path: { id: "id" }, body: { nmae: "new" } });
`;

const CONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    module: "esnext",
    moduleResolution: "bundler",
    target: "esnext",
    allowImportingTsExtensions: true,
    types: [],
  },
  include: ["**/*.ts"],
};

describe("of the document", () => {
  let document: string;
  beforeAll(async () => {
    await using server = await startServer();
    document = await (await fetch(`${server.url}/swagger/json`)).text();
  });

  test("openapi-typescript makes types that fit ordinary calls", async () => {
    await using folder = await testFolder();
    await Bun.write(join(folder.path, "api.ts"), astToString(await openapiTS(document)));
    expect(await typeCheck(folder.path, TYPED_CALLS)).toContain("No type errors");
  });

  test("@hey-api/openapi-ts makes functions that fit ordinary calls", async () => {
    await using folder = await testFolder();
    await createClient({
      input: JSON.parse(document) as Record<string, unknown>,
      output: join(folder.path, "sdk"),
      logs: { level: "silent", file: false },
      plugins: ["@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch"],
      // Its functions take one type of body each, and prefer JSON: these get bytes.
      parser: { patch: { operations: { "POST /images": withoutJson } } },
    });
    expect(await typeCheck(folder.path, SDK_CALLS)).toContain("No type errors");
  });
});

function withoutJson(operation: object): void {
  const { requestBody } = operation as { requestBody: { content: Record<string, unknown> } };
  delete requestBody.content["application/json"];
}

/** Returns the output of the compiler for a program next to the files of a folder. */
async function typeCheck(folder: string, program: string): Promise<string> {
  await Bun.write(join(folder, "calls.ts"), program);
  await Bun.write(join(folder, "tsconfig.json"), JSON.stringify(CONFIG));
  const check = Bun.spawn([process.execPath, "check", "--no-pretty"], {
    cwd: folder,
    stdout: "pipe",
    stderr: "pipe",
  });
  const said = await Promise.all([new Response(check.stdout).text(), new Response(check.stderr).text()]);
  return said.join("\n");
}

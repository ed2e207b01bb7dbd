import { expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "@progimage/core/testing";
import openapiTS, { astToString } from "openapi-typescript";
import { startServer } from "./testing_server.ts";

/** Ordinary calls as a program would write them that has its types from the document. */
const CALLS = `
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
export const widthOf = (image: Schemas["Image"]): number => image.width;
export const isPassing = ({ code, retryable }: Schemas["Problem"]): boolean => code === "busy" || retryable;

// @ts-expect-error there is no such member
export const misspelt: Body<"updateImage"> = { nmae: "new" };
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
  include: ["*.ts"],
};

test("types that openapi-typescript makes of the document fit ordinary calls", async () => {
  await using server = await startServer();
  await using folder = await testFolder();
  const document = await (await fetch(`${server.url}/swagger/json`)).text();
  await Bun.write(join(folder.path, "api.ts"), astToString(await openapiTS(document)));
  await Bun.write(join(folder.path, "calls.ts"), CALLS);
  await Bun.write(join(folder.path, "tsconfig.json"), JSON.stringify(CONFIG));
  const check = Bun.spawn([process.execPath, "check", "--no-pretty"], {
    cwd: folder.path,
    stdout: "pipe",
    stderr: "pipe",
  });
  const said = await Promise.all([
    new Response(check.stdout).text(),
    new Response(check.stderr).text(),
    check.exited,
  ]);
  expect([said.join("\n"), check.exitCode]).toEqual([expect.stringContaining("No type errors"), 0]);
});

import { expect, test } from "bun:test";
import { join } from "node:path";
import { apiDocument } from "./api_document.ts";
import { apiPage } from "./api_page.ts";
import { CLIENT_PROBLEM_CODE, clientProblemCode } from "./client_problem_code.ts";

test("docs/api.md is up to date: bun run docs writes its tables", async () => {
  const text = await Bun.file(join(import.meta.dir, "..", "docs", "api.md")).text();
  expect(text).toBe(apiPage(text, await apiDocument()));
});

test("the client's type of codes is up to date: bun run docs writes it", async () => {
  const text = await Bun.file(join(import.meta.dir, "..", CLIENT_PROBLEM_CODE)).text();
  expect(text).toBe(clientProblemCode());
});

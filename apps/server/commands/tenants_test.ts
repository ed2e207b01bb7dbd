import { expect, test } from "bun:test";
import { testFolder } from "@progimage/core/testing";
import { runCommand } from "../end_to_end/testing_command.ts";

test("tenants makes, lists, changes and removes tenants", async () => {
  await using folder = await testFolder();
  const run = (...words: readonly string[]) =>
    runCommand({ PROGIMAGE_DATA_DIR: folder.path, PROGIMAGE_RENDER_PROCESSES: "1" }, "tenants", ...words);
  const columns = (output: string) =>
    output
      .trim()
      .split("\n")
      .map((line) => line.split("\t").slice(0, 4));
  const made = await run("create", "acme", "--hosts", "b.example.com,A.example.com", "--images", "5");
  expect([made.code, columns(made.output)]).toEqual([
    0,
    [["acme", "a.example.com,b.example.com", "default", "images 5"]],
  ]);
  expect((await run("create", "beta", "--delivery", "public")).code).toBe(0);
  const changed = await run(
    "update",
    "acme",
    "--images",
    "none",
    "--requests",
    "60",
    "--delivery",
    "private",
  );
  expect(columns(changed.output)).toEqual([
    ["acme", "a.example.com,b.example.com", "private", "requestsPerMinute 60"],
  ]);
  expect(columns((await run("list")).output).map(([id]) => id)).toEqual(["acme", "beta"]);
  const taken = await run("update", "beta", "--hosts", "a.example.com");
  expect([taken.code, taken.errors]).toEqual([1, expect.stringContaining('"a.example.com"')]);
  expect((await run("remove", "acme")).code).toBe(0);
  expect(await run("remove", "acme")).toMatchObject({ code: 1, errors: expect.stringContaining("none") });
  expect(columns((await run("list")).output)).toEqual([["beta", "", "public", ""]]);
}, 60_000);

test("tenants refuses arguments that it does not know", async () => {
  const refused = [
    [[], "create, list, update, remove"],
    [["rename", "a"], "create, list, update, remove"],
    [["create"], "the id of one tenant"],
    [["create", "a", "b"], "the id of one tenant"],
    [["list", "a"], "no names"],
    [["list", "--images", "5"], "tenants --help"],
    [["create", "a", "--images", "many"], "--images"],
  ] as const;
  for (const [words, text] of refused) {
    const { code, errors } = await runCommand({}, "tenants", ...words);
    expect([code, errors]).toEqual([2, expect.stringContaining(text)]);
  }
  expect((await runCommand({}, "tenants", "--help")).output).toContain("Usage: bun start tenants create");
});

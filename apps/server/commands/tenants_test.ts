import { expect, test } from "bun:test";
import { testFolder } from "@progimage/core/testing";
import { join } from "node:path";
import { runCommand } from "../end_to_end/testing_command.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { blobsBelow, startServer } from "../end_to_end/testing_server.ts";

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

test("tenants webhook-secrets prints the secrets of a tenant, and needs those of the server", async () => {
  await using folder = await testFolder();
  const environment = { PROGIMAGE_DATA_DIR: folder.path, PROGIMAGE_RENDER_PROCESSES: "1" };
  const secret = { PROGIMAGE_WEBHOOK_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
  const run = (settings: Readonly<Record<string, string>>, ...words: readonly string[]) =>
    runCommand({ ...environment, ...settings }, "tenants", ...words);
  await run({}, "create", "acme");
  expect(await run(secret, "webhook-secrets", "acme")).toMatchObject({
    code: 0,
    output: "whsec_RbIljq6anm/SbUr4ex2lp/sI6RCM/utsGixGEvX1Mbk=\n",
  });
  expect(await run(secret, "webhook-secrets", "beta")).toMatchObject({ code: 1, output: "" });
  expect(await run({}, "webhook-secrets", "acme")).toMatchObject({
    code: 2,
    errors: expect.stringContaining("PROGIMAGE_WEBHOOK_SECRET"),
  });
}, 60_000);

test("tenants remove --erase erases all images of the tenant, and no other", async () => {
  await using folder = await testFolder();
  const settings = { PROGIMAGE_RENDER_PROCESSES: "1", PROGIMAGE_ALLOWED_HOSTS: "*" };
  const environment = { PROGIMAGE_DATA_DIR: folder.path, ...settings };
  const run = (...words: readonly string[]) => runCommand(environment, "tenants", ...words);
  await run("create", "acme", "--hosts", "acme.example.com");
  await using server = await startServer({ dataDir: folder.path, settings });
  const picture = Uint8Array.from(await noise(1));
  const call = async (method: string, path: string, host: string, body?: Uint8Array<ArrayBuffer>) => {
    const response = await fetch(server.url + path, { method, headers: { host }, ...(body && { body }) });
    return response.status === 204 ? null : await response.json();
  };
  const images: string[] = [];
  for (const host of ["acme.example.com", "acme.example.com", "localhost"])
    images.push((await call("POST", "/images", host, picture)).id);
  await call("DELETE", `/images/${images[0]}`, "acme.example.com");
  expect(await call("GET", `/images/${images[1]}/info`, "localhost")).toMatchObject({
    code: "image_not_found",
  });
  const files = async () => (await blobsBelow(join(folder.path, "fs"))).length;
  expect(await files()).toBe(2);
  for (const id of [images[1], images[0]]) {
    expect(await run("remove", "acme")).toMatchObject({ code: 1, errors: expect.stringContaining("images") });
    await call("DELETE", `/images/${id}`, "acme.example.com");
  }
  const { code, errors } = await run("remove", "acme", "--erase");
  expect([code, errors]).toEqual([0, expect.stringContaining("Erased 2 images.")]);
  expect(await files()).toBe(1);
  expect(await call("GET", "/images/count", "localhost")).toMatchObject({ count: 1 });
  expect((await run("list")).output).toBe("");
}, 60_000);

test("tenants refuses arguments that it does not know", async () => {
  const refused = [
    [[], "create, list, update, remove"],
    [["create"], "the id of one tenant"],
    [["list", "a"], "no names"],
    [["list", "--images", "5"], "tenants --help"],
    [["update", "a", "--erase"], "--erase"],
    [["create", "a", "--images", "many"], "--images"],
  ] as const;
  for (const [words, text] of refused) {
    const { code, errors } = await runCommand({}, "tenants", ...words);
    expect([code, errors]).toEqual([2, expect.stringContaining(text)]);
  }
  expect((await runCommand({}, "tenants", "--help")).output).toContain("Usage: bun start tenants create");
});

import { expect, test } from "bun:test";
import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { recipe } from "@progimage/client";
import { testFolder } from "@progimage/core/testing";
import { unzipSync } from "fflate";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

/** A problem document, anywhere in an answer. */
type Problem = Readonly<Record<string, unknown>> & { readonly code: string };

const JSON_TYPE = { "content-type": "application/json" };

test("no problem document of any part of the server has a cause, a path or a stack; with PROGIMAGE_DEBUG each has its cause", async () => {
  const plain = await problemsOf({});
  const debugged = await problemsOf({ PROGIMAGE_DEBUG: "true" });
  const codes = Object.entries(plain).map(([name, { code }]) => [name, code]);
  expect(codes).toEqual(Object.entries(debugged).map(([name, { code }]) => [name, code]));
  for (const [name, problem] of Object.entries(plain)) {
    expect({ name, keys: Object.keys(problem) }).not.toEqual({
      name,
      keys: expect.arrayContaining(["cause"]),
    });
    const text = JSON.stringify(problem);
    expect(text).not.toMatch(/progimage-test-|node_modules|\bat .*\.ts:\d|ELOOP|EIO|stack/);
  }
  for (const [name, problem] of Object.entries(debugged))
    expect({ name, cause: problem["cause"] }).toEqual({ name, cause: expect.any(String) });
  // The hidden cause is not empty.
  expect(debugged["original"]?.["cause"]).toContain("progimage-test-");
});

/** Causes a problem in each part of the server that creates some. */
async function problemsOf(settings: Readonly<Record<string, string>>): Promise<Record<string, Problem>> {
  await using folder = await testFolder();
  await using server = await startServer({ dataDir: join(folder.path, "data"), settings });
  const picture = new Uint8Array(await noise(1, 64, 64));
  const broken = picture.slice(0, 400);
  const form = new FormData();
  form.append("image", new Blob([picture]), "a.jpg");
  form.append("image", new Blob([broken]), "b.jpg");
  const { id, sha256 } = await server.client.images.upload(new Uint8Array(await noise(2, 64, 64)));
  const problems: Record<string, Problem> = {
    "no such path": await problemIn(server, "/nowhere"),
    "another host": await problemIn(server, "/images", { headers: { host: "evil.example" } }),
    "another origin": await problemIn(server, "/images", {
      method: "POST",
      body: picture,
      headers: { origin: "http://evil.example" },
    }),
    "a broken image": await problemIn(server, "/images", { method: "POST", body: broken }),
    "a file of a form": await problemIn(server, "/images", { method: "POST", body: form }),
    "an image of many": await problemIn(server, "/images/bulk", {
      method: "POST",
      headers: JSON_TYPE,
      body: JSON.stringify({ action: "delete", select: { ids: [crypto.randomUUID()] } }),
    }),
    "a parameter": await problemIn(server, `/images/${id}.png?resize=0x`),
    "a service": await problemIn(server, "/transforms/blur", { method: "POST", body: broken }),
    "an unreadable job": await problemIn(server, "/jobs", { method: "POST", headers: JSON_TYPE, body: "{" }),
  };
  problems["a lost result of a job"] = await lostResult(server, id);
  // Cached, so that it is answered without a route; then its file becomes unreadable.
  await (await server.client.image(id).fetch()).bytes();
  await (await server.client.image(id).fetch()).bytes();
  const shard = join(server.dataDir, "fs", "blobs", sha256.slice(0, 2));
  await rm(shard, { recursive: true });
  await symlink(shard, shard);
  problems["original"] = await problemIn(server, `/images/${id}`);
  problems["a cold render"] = await problemIn(server, `/images/${id}.png?resize=33x`);
  return problems;
}

/** Creates a job that stores an image, deletes that image, and returns the problem in its place among the results. */
async function lostResult({ client }: TestServer, id: string): Promise<Problem> {
  const job = await client.jobs.create({
    select: { ids: [id] },
    outputs: [recipe().png()],
    deliver: "images",
  });
  await job.wait();
  const [item] = await Array.fromAsync(job.items());
  await client.images.erase(item?.results[0]?.imageId ?? "");
  const files = unzipSync(await (await job.results()).bytes());
  const found = find(JSON.parse(new TextDecoder().decode(files["errors.json"])));
  if (!found) throw new Error("Cannot find a problem among the results of the job");
  return found;
}

/** Returns the first problem in an answer. */
async function problemIn({ url }: TestServer, path: string, init?: RequestInit): Promise<Problem> {
  const response = await fetch(url + path, init);
  const text = await response.text();
  const found = find(JSON.parse(text));
  if (!found) throw new Error(`Cannot find a problem in the answer to ${path}: ${response.status} ${text}`);
  return found;
}

function find(value: unknown): Problem | null {
  if (typeof value !== "object" || value === null) return null;
  const object = value as Readonly<Record<string, unknown>>;
  if (typeof object["type"] === "string" && typeof object["code"] === "string") return object as Problem;
  for (const each of Object.values(object)) {
    const found = find(each);
    if (found) return found;
  }
  return null;
}

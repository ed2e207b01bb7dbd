import { expect, test } from "bun:test";
import { ConflictError, type Fetch, PermissionError, uploadTo } from "../mod.ts";
import { testingPng } from "../testing/testing_images.ts";
import { TestingProblem } from "../testing/testing_problem.ts";
import { testingServer } from "../testing/testing_server.ts";

const png = testingPng();
const TOKEN = "/media/images?tags=avatar&exp=2000000000&kid=k&sig=abc";

test("uploadTo() sends an image to the URL of a token, without a key", async () => {
  await using server = testingServer({ basePath: "/media" });
  const token = new URL(TOKEN, server.url).href;
  const image = await uploadTo(token, new File([png], "a.png", { type: "image/png" }));
  expect(image).toMatchObject({ tags: ["avatar"], bytes: png.length });
  const [request] = server.requests;
  expect(request).toMatchObject({ method: "POST", path: TOKEN });
  expect(request?.headers.get("content-type")).toBe("image/png");
  expect(request?.headers.has("authorization")).toBe(false);
});

test("uploadTo() sends a name and a focal point as fields of a form", async () => {
  await using server = testingServer({ basePath: "/media" });
  const own = { name: "me", focalPoint: { x: 0.5, y: 0.25 } };
  const image = await uploadTo(new URL(TOKEN, server.url), new Blob([png], { type: "image/png" }), own);
  expect(image).toMatchObject(own);
  expect(server.requests[0]?.path).toBe(TOKEN);
});

test("uploadTo() repeats an upload under its key if the answer is lost", async () => {
  await using server = testingServer({ basePath: "/media" });
  let isLost = false;
  const fetch: Fetch = async (url, init) => {
    const answer = await globalThis.fetch(url, init);
    if ((isLost = !isLost)) throw new TypeError("connection reset");
    return answer;
  };
  await uploadTo(new URL(TOKEN, server.url), png, { fetch });
  const keys = server.requests.map(({ headers }) => headers.get("idempotency-key"));
  expect(keys).toEqual([expect.any(String), keys[0] ?? ""]);
});

test("uploadTo() throws what the server says of the token", async () => {
  const problems = [
    [403, "forbidden", PermissionError],
    [409, "conflict", ConflictError],
  ] as const;
  for (const [status, code, type] of problems) {
    await using server = testingServer({ intercept: () => new TestingProblem(status, code).response() });
    await expect(uploadTo(new URL(TOKEN, server.url), png)).rejects.toBeInstanceOf(type);
    expect(server.requests).toHaveLength(1);
  }
});

import { describe, expect, test } from "bun:test";
import { testingPng } from "../testing/testing_images.ts";
import { TestingProblem } from "../testing/testing_problem.ts";
import { testingServer } from "../testing/testing_server.ts";

const png = testingPng();

describe("an upload in the background gives the job", () => {
  test("of an archive, under its key, with the attributes of its images", async () => {
    await using server = testingServer();
    const archive = new File([png], "photos.tgz");
    const options = { background: true, tags: ["t"], idempotencyKey: "later" } as const;
    const job = await server.client().images.uploadArchive(archive, options);
    expect(await job.wait()).toMatchObject({ status: "succeeded", counts: { total: 1 } });
    const [item] = await Array.fromAsync(job.items());
    expect(item?.source.entry).toBe(`${png.length}.png`);
    const [request] = server.requests;
    expect(request?.path).toBe("/images?tags=t");
    const sent = ["prefer", "content-type", "idempotency-key"].map((name) => request?.headers.get(name));
    expect(sent).toEqual(["respond-async", "application/gzip", "later"]);
  });

  test("or the error of the request", async () => {
    await using server = testingServer({ intercept: () => new TestingProblem(413, "too_large").response() });
    const refused = server.client().images.uploadArchive(png, { as: "zip", background: true });
    await expect(refused).rejects.toMatchObject({ status: 413, code: "too_large" });
  });

  test("and otherwise the result of each", async () => {
    await using server = testingServer();
    const results = server.client().images.uploadArchive(png, { as: "zip", background: false });
    expect(await results.items()).toMatchObject([{ status: 201 }, { status: 415 }]);
    expect(server.requests[0]?.headers.get("prefer")).toBeNull();
  });
});

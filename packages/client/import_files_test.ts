import { expect, test } from "bun:test";
import { testingServer } from "./testing_server.ts";

test("importFiles() says which files are meant and what to say of the images, and gives the job", async () => {
  await using server = testingServer();
  const { job } = await server.client().importFiles(
    { prefix: "2024/" },
    {
      tags: ["old"],
      metadata: { from: "disk" },
      expires: 60,
      onlyNew: true,
      priority: "low",
      webhook: new URL("https://example.com/done"),
      idempotencyKey: "import 1",
    },
  );
  expect(job).toMatchObject({ state: "queued", href: `${server.url}/jobs/${job.id}` });
  expect(job).toHaveProperty("sources", {
    prefix: "2024/",
    tags: ["old"],
    metadata: { from: "disk" },
    expires: "60",
    onlyNew: true,
    priority: "low",
    webhook: "https://example.com/done",
  });
  expect(server.requests.at(-1)?.headers.get("idempotency-key")).toBe("import 1");
  expect((await server.client().importFiles({ all: true })).job).toHaveProperty("sources", { all: true });
});

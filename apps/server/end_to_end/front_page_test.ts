import { expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "@progimage/core";
import { startServer } from "./testing_server.ts";

test("GET / returns the version, features and limits of the server", async () => {
  await using server = await startServer({
    settings: {
      PROGIMAGE_FETCH: "false",
      PROGIMAGE_MAX_UPLOAD_BYTES: "1000",
      PROGIMAGE_MAX_SELECTION_ITEMS: "7",
    },
  });
  const response = await fetch(server.url, { headers: { accept: "*/*" } });
  expect(response.headers.get("vary")).toBe("Accept");
  expect(response.headers.get("link")).toContain('<swagger/json>; rel="service-desc"');
  expect(await response.json()).toEqual({
    name: "ProgImage",
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    features: ["restore"],
    formats: {
      input: expect.arrayContaining(["jpeg", "svg"]),
      output: ["jpeg", "png", "webp", "avif", "gif", "tiff"],
    },
    limits: expect.objectContaining({
      uploadBytes: 1_000,
      selectionItems: 7,
      outputSide: DEFAULT_LIMITS.outputSide,
    }),
  });
});

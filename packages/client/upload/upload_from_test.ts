import { describe, expect, test } from "bun:test";
import { fromUrl, SourceError } from "../mod.ts";
import { testingServer } from "../testing/testing_server.ts";

const URL_TEXT = "https://example.com/a%20b.png?x=1";

describe("upload of a URL", () => {
  test("has the server fetch the image, and describes it", async () => {
    await using server = testingServer();
    const options = {
      name: "A",
      tags: ["x, y"],
      metadata: { note: "é" },
      expiresIn: 59.5,
      idempotencyKey: "k",
    };
    const image = await server.client().images.upload(new URL(URL_TEXT), options);
    expect(image).toMatchObject({ name: "A", tags: ["x, y"], metadata: { note: "é" } });
    expect(server.requests).toMatchObject([{ method: "POST", path: "/images" }]);
    expect(server.requests[0]?.headers.get("idempotency-key")).toBe("k");
    expect(server.requests[0]?.headers.get("content-type")).toBe("application/json");
  });

  test("sends the URL and no attributes that were not given", async () => {
    const bodies: unknown[] = [];
    const intercept = async (request: Request) => {
      bodies.push(await request.json());
      return Response.json({});
    };
    await using server = testingServer({ intercept });
    await server.client().images.upload(fromUrl(URL_TEXT));
    expect(bodies).toEqual([{ url: URL_TEXT }]);
    expect(server.requests[0]?.path).toBe("/images");
  });

  test("throws SourceError if the server cannot fetch it, and does not retry", async () => {
    await using server = testingServer();
    const error = await server
      .client()
      .images.upload(fromUrl("http://example.com:1/"))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ status: 502, code: "source_unreachable" });
    expect(server.requests).toHaveLength(1);
  });
});

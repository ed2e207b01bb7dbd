import { describe, expect, test } from "bun:test";
import { DescribedAnswers } from "./testing_described_answers.ts";

const ANSWERS = new DescribedAnswers({
  paths: {
    "/things/{id}": {
      get: {
        responses: {
          200: { content: { "application/json": { schema: { $ref: "#/components/schemas/Old" } } } },
          default: { content: { "application/problem+json": { schema: { type: "object" } } } },
        },
      },
    },
    "/things/old": { get: { responses: { 204: {} } } },
  },
  components: {
    schemas: {
      Thing: {
        type: "object",
        required: ["id"],
        properties: { id: { type: "string" }, next: { type: ["string", "null"] } },
      },
      Old: {
        allOf: [
          { $ref: "#/components/schemas/Thing" },
          { type: "object", required: ["at"], properties: { at: { type: "string", format: "date-time" } } },
        ],
      },
    },
  },
});

function faultOf(json: unknown, { status = 200, path = "/things/7" } = {}): string | null {
  return ANSWERS.faultOf("GET", path, { status, mediaType: "application/json", json });
}

describe("DescribedAnswers", () => {
  const at = "2026-01-01T00:00:00.000Z";

  test("faultOf() returns null for an answer that matches the description", () => {
    expect(faultOf({ id: "a", at })).toBeNull();
    expect(faultOf({ id: "a", at, next: null })).toBeNull();
    expect(
      ANSWERS.faultOf("PUT", "/things/7", { status: 200, mediaType: "application/json", json: 1 }),
    ).toBeNull();
  });

  test("faultOf() finds missing members, wrong types and undescribed members", () => {
    expect(faultOf({ at })).toContain("'id'");
    expect(faultOf({ id: "a", at: "yesterday" })).toContain("date-time");
    expect(faultOf({ id: "a", at, name: "b" })).toContain("additional properties");
    expect(faultOf({ id: "a", at }, { status: 201 })).toBe("its description has no 201 of application/json");
    expect(faultOf({ id: "a", at }, { path: "/things/old" })).toContain("no 200");
  });
});

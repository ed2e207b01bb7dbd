import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "@progimage/core";
import { deprecationHeaders } from "../answer/deprecation.ts";
import { cleanName, UploadFields } from "./upload_fields.ts";

const REQUEST = new Request("http://localhost/images", { method: "POST" });
const PORTS = { limits: DEFAULT_LIMITS };

const fieldsOf = (query: string, request = REQUEST) =>
  UploadFields.ofQuery(request, new URLSearchParams(query));

const failure = (code: string, parameter: string) =>
  expect.objectContaining({ code, details: expect.objectContaining({ parameter }) });

describe("UploadFields.ofQuery()", () => {
  test("reads each attribute in its written form", () => {
    const query = 'name=a&tags=x&tag=y&focalPoint=0.5,1&metadata={"a":1}&expiresIn=60';
    expect(fieldsOf(query).attributesFor("file.png", PORTS)).toMatchObject({
      name: "a",
      tags: ["x", "y"],
      focalPoint: { x: 0.5, y: 1 },
      metadata: { a: 1 },
      expiresIn: 60,
    });
  });

  test.each([
    ["x=1", "unknown_parameter", "x"],
    ["__proto__=1", "unknown_parameter", "__proto__"],
    ["constructor=1", "unknown_parameter", "constructor"],
    ["name=a&name=b", "conflicting_parameters", "name"],
    ["expiresIn=5&expiresAt=2030-01-01T00:00:00Z", "conflicting_parameters", "expiresAt"],
    ["expires=5&expiresIn=5", "conflicting_parameters", "expiresIn"],
  ])("refuses %s", (query, code, parameter) => {
    expect(() => fieldsOf(query)).toThrow(failure(code, parameter));
  });

  test.each([
    ["focalPoint=1", "focalPoint"],
    ["expiresIn=0", "expiresIn"],
    ["expires=0", "expires"],
    ["expiresAt=soon", "expiresAt"],
    ["tag=", "tag/0"],
  ])("names the caller's spelling in the error for %s", (query, parameter) => {
    expect(() => fieldsOf(query).attributesFor("", PORTS)).toThrow(failure("invalid_parameter", parameter));
  });

  test("announces that `expires` is deprecated", () => {
    const request = new Request(REQUEST);
    fieldsOf("expiresIn=60", request).attributesFor("", PORTS);
    expect(deprecationHeaders(request)).toEqual({});
    fieldsOf("expires=60", request).attributesFor("", PORTS);
    expect(deprecationHeaders(request)).toHaveProperty("sunset");
  });
});

describe("UploadFields", () => {
  test("applies fields to all later files, and a name to one", () => {
    const fields = fieldsOf("tag=a&name=first");
    expect(fields.attributesFor("1.png", PORTS)).toMatchObject({ name: "first", tags: ["a"] });
    fields.passFile();
    fields.add("tag", "b");
    expect(fields.attributesFor("2.png", PORTS)).toMatchObject({ name: "2.png", tags: ["a", "b"] });
  });

  test("lets a form replace a value of the query or of earlier files, but not twice for one file", () => {
    const fields = fieldsOf("expiresIn=60");
    fields.add("expiresAt", "2030-01-01T00:00:00Z");
    const expiresAt = Date.UTC(2030, 0, 1);
    expect(fields.attributesFor("", PORTS)).toMatchObject({ expiresAt });
    expect(() => fields.add("expiresIn", "5")).toThrow(
      "Cannot read expiresIn: it cannot be combined with expiresAt",
    );
    fields.passFile();
    fields.add("expiresAt", "2031-01-01T00:00:00Z");
    expect(() => fields.add("expiresAt", "")).toThrow("Cannot read expiresAt: it is given twice");
  });

  test("copies are independent", () => {
    const fields = fieldsOf("tag=a&name=of+the+query");
    const copy = fields.copy();
    fields.add("tag", "b");
    fields.add("name", "x");
    expect(copy.attributesFor("", PORTS)).toMatchObject({ name: "of the query", tags: ["a"] });
    copy.add("name", "y");
    expect(fields.attributesFor("1.png", PORTS)).toMatchObject({ name: "x", tags: ["a", "b"] });
  });

  test("has no common name for many images", () => {
    expect(fieldsOf("tag=a").sharedAttributes(PORTS)).not.toHaveProperty("name");
    expect(() => fieldsOf("name=").sharedAttributes(PORTS)).toThrow(failure("invalid_parameter", "name"));
  });
});

test.each([
  ["a%22b.png", 'a"b.png'],
  ["a\u0000\r\n\u007fb", "ab"],
  ["\ud83d.png", "\ufffd.png"],
  ["x".repeat(300), "x".repeat(255)],
  [`${"x".repeat(254)}😀`, `${"x".repeat(254)}\ufffd`],
])("cleanName() makes %j a name", (fileName, name) => {
  expect(cleanName(fileName)).toBe(name);
});

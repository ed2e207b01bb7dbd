import { describe, expect, test } from "bun:test";
import { isJson, requireJson } from "./json_type.ts";

function requestOf(type: string | null): Request {
  const request = new Request("http://localhost/purge", { method: "POST", body: "{}" });
  if (type === null) request.headers.delete("content-type");
  else request.headers.set("content-type", type);
  return request;
}

describe("isJson()", () => {
  const json = [
    "application/json",
    "Application/JSON; charset=utf-8",
    "application/json ;x",
    "application/json;",
  ];

  for (const type of [...json, "application/merge-patch+json", "application/vnd.acme.v2+json"]) {
    test(`accepts ${type}`, () => {
      expect(isJson(requestOf(type))).toBe(true);
    });
  }

  const others = [
    null,
    "",
    "text/plain",
    "text/plain; application/json",
    "application/x-www-form-urlencoded",
  ];

  for (const type of [
    ...others,
    "multipart/form-data; boundary=+json",
    "application/jsonp",
    "x+json",
    "image/png",
  ]) {
    test(`refuses ${type}`, () => {
      expect(isJson(requestOf(type))).toBe(false);
    });
  }
});

describe("requireJson()", () => {
  test("names the header to send, and what was found", () => {
    const sent = (type: string | null) => () => requireJson(requestOf(type));
    expect(sent("text/plain")).toThrow(/"content-type: application\/json": it is "text\/plain"$/);
    expect(sent(null)).toThrow(/: there is none$/);
    expect(sent("application/json")).not.toThrow();
  });
});

import { describe, expect, test } from "bun:test";
import { readConfig } from "../settings/config.ts";
import { parseObject, receiveObject, receiveObjectOfIds } from "./receive_object.ts";

const CONFIG = readConfig({ PROGIMAGE_MAX_JSON_BYTES: "20", PROGIMAGE_MAX_SELECTION_ITEMS: "10" });

const requestOf = (body: string, type = "application/json") =>
  new Request("http://localhost/images", { method: "POST", body, headers: { "content-type": type } });

describe("parseObject()", () => {
  const parse = (text: string) => parseObject(text, "the body", { maxDepth: 3 });

  test.each(["[]", "null", "1", '"a"', "", "{", '{"a":1,"a":2}', '{"a":[[[1]]]}'])("refuses %j", (text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: "invalid_request", message: expect.stringContaining("the body") }),
    );
  });

  test.each(['{"a":"\\ud83d"}', '{"a":["\\uDE00"]}', '{"\\udfff":1}', '{"a":{"b":"\\ud83d\\ud83d"}}'])(
    "refuses half of a surrogate pair: %s",
    (text) => {
      expect(() => parse(text)).toThrow("half of a surrogate pair");
    },
  );

  test("accepts whole pairs, and text that only looks like an escape", () => {
    expect(parse('{"a":"\\ud83d\\ude00"}')).toEqual({ a: "😀" });
    expect(parse('{"a":"\\\\ud83d","b":null}')).toEqual({ a: "\\ud83d", b: null });
  });
});

describe("receiveObject()", () => {
  test("reads a small object that is declared as JSON", async () => {
    expect(await receiveObject(requestOf('{"a":1}'), CONFIG)).toEqual({ a: 1 });
    await expect(receiveObject(requestOf("{}", "text/plain"), CONFIG)).rejects.toMatchObject({
      code: "media_type_refused",
    });
    const large = requestOf(JSON.stringify({ a: "x".repeat(13) }));
    await expect(receiveObject(large, CONFIG)).rejects.toMatchObject({ code: "too_large" });
    expect(await receiveObject(requestOf(JSON.stringify({ a: "x".repeat(12) })), CONFIG)).not.toBeEmpty();
  });

  test("has a higher limit for objects of ids", async () => {
    const objectOf = (bytes: number) => requestOf(JSON.stringify({ a: "x".repeat(bytes - 8) }));
    expect(await receiveObjectOfIds(objectOf(500), CONFIG)).not.toBeEmpty();
    await expect(receiveObjectOfIds(objectOf(501), CONFIG)).rejects.toMatchObject({ code: "too_large" });
  });
});

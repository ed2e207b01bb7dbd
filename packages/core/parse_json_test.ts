import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseJson } from "./parse_json.ts";

const OPTIONS = { maxDepth: 64 };

describe("parseJson()", () => {
  test("returns the result of JSON.parse", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(parseJson(text, "the body", OPTIONS)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("rejects texts that JSON.parse rejects, with its message", () => {
    for (const text of ["", "{", '{"a":', '"a', '{"a\\":1}', "}", ":", '{"a" 1}', "[1,]", "{'a':1}"])
      expect(() => parseJson(text, "the body", OPTIONS)).toThrow(
        /^Cannot read the body as it must be JSON: ./,
      );
  });

  const twice = [
    '{"a":1,"a":2}',
    '{"a":1,"b":{"c":[{}]},"a":2}',
    '[{"a":{"b":1,"b":1}}]',
    '{"a":1,"\\u0061":2}',
    '{"\\"":1,"\\u0022":2}',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a" : 1 , "a"\n:\t2}',
    '{"a":"}","a":1}',
  ];

  for (const text of twice) {
    test(`refuses ${text}, which has a name twice`, () => {
      expect(() => parseJson(text, "the body", OPTIONS)).toThrow(
        /^Cannot read the body as each name may be used once/,
      );
    });
  }

  const once = [
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":"a"}',
    '{"a":["a","a"]}',
    '{"a":":","b":"\\":"}',
    '{"a\\\\":1,"a":2}',
    '{"constructor":1,"toString":2}',
    '{"a":"{\\"a\\":1,\\"a\\":2}"}',
  ];

  for (const text of once) {
    test(`reads ${text}, which has each name once`, () => {
      expect<unknown>(parseJson(text, "the body", OPTIONS)).toEqual(JSON.parse(text));
    });
  }

  test("reports a duplicate name, shortened if it is long", () => {
    expect(() => parseJson('{"action":1,"action":2}', "the body", OPTIONS)).toThrow('"action" is used twice');
    const long = JSON.stringify("x".repeat(10_000));
    const message = /^.{1,200}$/s;
    expect(() => parseJson(`{${long}:1,${long}:2}`, "the body", OPTIONS)).toThrow(message);
  });

  /** Returns lists or objects nested to a depth. */
  function nested(depth: number, open: string, close: string): string {
    return open.repeat(depth) + "1" + close.repeat(depth);
  }

  for (const [kind, open, close] of [
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
    ["both", '[{"a":', "}]"],
  ] as const) {
    test(`reads ${kind} that are nested as deep as they may be, and no deeper`, () => {
      const maxDepth = kind === "both" ? 6 : 3;
      expect<unknown>(parseJson(nested(3, open, close), "it", { maxDepth })).toEqual(
        JSON.parse(nested(3, open, close)),
      );
      expect(() => parseJson(nested(4, open, close), "it", { maxDepth })).toThrow(
        `nested at most ${maxDepth} deep: it is deeper`,
      );
    });
  }

  test("counts open brackets only, and none within strings", () => {
    for (const text of [`[${"[[]],".repeat(99)}[]]`, '["[[[[{{{{"]', '["\\"[[[[", "\\\\", "[[[["]'])
      expect<unknown>(parseJson(text, "it", { maxDepth: 3 })).toEqual(JSON.parse(text));
  });

  test("rejects deep nesting before it reads the rest", () => {
    const text = `${"[".repeat(2_000_000)} no JSON`;
    expect(() => parseJson(text, "it", OPTIONS)).toThrow("it is deeper");
  });
});

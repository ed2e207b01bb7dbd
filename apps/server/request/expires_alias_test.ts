import { expect, test } from "bun:test";
import { deprecationHeaders } from "../answer/deprecation.ts";
import { readExpires, renameExpires } from "./expires_alias.ts";

const newRequest = () => new Request("http://localhost/images");
const TIME = "2030-01-01T00:00:00Z";

test.each([
  ["60", "expiresIn", 60],
  [60, "expiresIn", 60],
  [TIME, "expiresAt", TIME],
  [null, "expiresAt", null],
] as const)("readExpires() reads %p as %s", (value, name, expected) => {
  const request = newRequest();
  expect(readExpires(request, value, "expires")).toEqual([name, expected]);
  expect(deprecationHeaders(request)).toHaveProperty("deprecation");
});

test.each(["", "0", "-5", "99999999999", "soon", 0, 1.5, true, {}])(
  "readExpires() refuses %p under the name that was used",
  (value) => {
    expect(() => readExpires(newRequest(), value, "expires")).toThrow(
      expect.objectContaining({ code: "invalid_parameter", details: { parameter: "expires" } }),
    );
  },
);

test("renameExpires() renames only an expiry that has no current name beside it", () => {
  for (const [json, expected] of [
    [
      { name: "a", expires: 60 },
      { name: "a", expiresIn: 60 },
    ],
    [{ expires: TIME }, { expiresAt: TIME }],
  ] as const)
    expect(renameExpires(newRequest(), json, "")).toEqual(expected);
  for (const json of [{}, { name: "a" }, { expires: 60, expiresIn: 5 }, { expires: 60, expiresAt: null }]) {
    const request = newRequest();
    expect(renameExpires(request, json, "")).toBe(json);
    expect(deprecationHeaders(request)).toEqual({});
  }
});

test("renameExpires() names the whole path in errors", () => {
  for (const [path, parameter] of [
    ["", "expires"],
    ["items/2", "items/2/expires"],
  ] as const)
    expect(() => renameExpires(newRequest(), { expires: 0 }, path)).toThrow(
      expect.objectContaining({ details: { parameter } }),
    );
});

import { expect, test } from "bun:test";
import type { ImageFilter, ListOptions } from "@progimage/client";
import { type ImageFilterJson, isProgImageError, LIST_SHAPE } from "@progimage/core";
import { readQuery } from "./read_query.ts";

const read = (query: string) => readQuery(new Request(`http://localhost/images?${query}`), LIST_SHAPE);

/** The client's types match the server's shapes, except that times may be dates. Otherwise this does not compile. */
type Written<T> = { readonly [Name in keyof T]: WithoutDates<T[Name]> };
type WithoutDates<T> = T extends readonly string[] ? string[] : Exclude<T, Date>;
const filterOfClient = (filter: Written<ImageFilter>): ImageFilterJson => filter;
const filterOfServer = (filter: ImageFilterJson): ImageFilter => filter;
const orderOfClient = (order: NonNullable<ListOptions["order"]>): ReturnType<typeof read>["order"] => order;

test("readQuery() reads texts as the shape has them", () => {
  const query = "limit=2&order=-bytes&createdFrom=2030-01-01&cursor=x";
  expect(read(query)).toEqual({ limit: 2, order: "-bytes", createdFrom: "2030-01-01", cursor: "x" });
  expect(filterOfServer(filterOfClient({ tag: "a" }))).toEqual({ tag: "a" });
  expect(read("tag=a&tag=b")).toEqual({ tag: ["a", "b"] });
  expect(orderOfClient("-updatedAt")).toBe("-updatedAt");
});

test("readQuery() says which parameter is wrong", () => {
  const refused = [
    ["x=1", "unknown_parameter"],
    ["__proto__=1", "unknown_parameter"],
    ["limit=2&limit=3", "conflicting_parameters"],
    ["limit=1.5", "invalid_parameter"],
    ["tag=1&tag=2&tag=3&tag=4&tag=5", "invalid_parameter"],
    ["order=width", "invalid_parameter"],
    ["format=jpg", "invalid_parameter"],
    ["tag=", "invalid_parameter"],
  ] as const;
  for (const [query, code] of refused) {
    const [parameter = ""] = query.split("=");
    let reason: unknown;
    try {
      read(query);
    } catch (error) {
      reason = error;
    }
    if (!isProgImageError(reason)) throw new Error(`Cannot find the error for ${query}: there is none`);
    expect(reason).toMatchObject({ code, details: { parameter } });
  }
});

import { describe, expect, test } from "bun:test";
import { isProgImageError } from "../error.ts";
import { type Selection, selectionReader } from "./selection.ts";

const EVERY = ["ids", "urls", "filter", "exchange", "all"] as const;
const LIMITS = { selectionItems: 3, metadataKeys: [] };
const read = selectionReader(EVERY, LIMITS);

describe("selectionReader()", () => {
  const selections: readonly (readonly [json: object, selection?: Selection])[] = [
    [{ ids: ["a", "b"] }],
    [{ urls: ["http://a.test/"] }],
    [{ all: true }],
    [{ exchange: { prefix: "2024/" } }],
    [{ exchange: { all: true } }],
    [{ filter: { namePrefix: "a" } }],
    [
      { filter: { tag: "a", createdFrom: "1970-01-01T00:00:01Z" } },
      { filter: { tag: "a", createdFrom: 1_000 } },
    ],
  ];
  for (const [json, selection = json] of selections)
    test(`reads ${JSON.stringify(json)}`, () => {
      expect(read(json)).toEqual(selection as Selection);
    });

  const refusals: readonly (readonly [json: unknown, parameter: string, message: string])[] = [
    [undefined, "select", "it must be an object: it is missing"],
    [["a"], "select", "it must be an object: it is a list of 1 item"],
    [{}, "select", "exactly one of ids, urls, filter, exchange, all: it has none"],
    [{ ids: ["a"], all: true }, "select", "it has ids and all"],
    [{ paths: ["a"] }, "select/paths", "only ids, urls, filter, exchange, all"],
    [{ all: false }, "select/all", "it must be true"],
    [{ ids: [] }, "select/ids", "1 to 3 items"],
    [{ ids: ["a", "b", "c", "d"] }, "select/ids", "it has 4 items"],
    [{ urls: [1] }, "select/urls/0", "it must be text"],
    [{ filter: {} }, "select/filter", '"all": true'],
    [{ filter: { tgas: "a" } }, "select/filter/tgas", "there is no field of this name"],
    [{ filter: { tag: "a", namePrefix: "b" } }, "select/filter/tag", "needs the order createdAt"],
    [{ filter: { createdFrom: "soon" } }, "select/filter/createdFrom", "ISO 8601"],
    [{ exchange: {} }, "select/exchange", "exactly one of prefix, all"],
    [{ exchange: { prefix: "" } }, "select/exchange/prefix", "at least 1 character"],
  ];
  for (const [json, parameter, message] of refusals)
    test(`refuses ${JSON.stringify(json)}`, () => {
      const error = refusalOf(() => read(json));
      expect(error.details.parameter).toBe(parameter);
      expect(error.message).toContain(message);
    });

  test("refuses a filter of more than four keys of metadata, however many are declared", () => {
    const metadataKeys = ["a", "b", "c", "d", "e"];
    const readFiltered = selectionReader(["filter"], { ...LIMITS, metadataKeys });
    const metadata = Object.fromEntries(metadataKeys.slice(1).map((key) => [key, "1"]));
    expect(readFiltered({ filter: { metadata } })).toEqual({ filter: { metadata } });
    const error = refusalOf(() => readFiltered({ filter: { metadata: { ...metadata, a: "1" } } }));
    expect(error.details.parameter).toBe("select/filter/metadata");
  });

  test("rejects kinds that the request does not accept, and names those it accepts", () => {
    const readStored = selectionReader(["ids", "filter", "all"], LIMITS);
    const error = refusalOf(() => readStored({ urls: ["http://a.test/"] }));
    expect(error.message).toBe("Cannot select by urls here: this request takes ids, filter, all");
    expect(error.details).toEqual({ parameter: "select/urls", known: ["ids", "filter", "all"] });
  });
});

function refusalOf(use: () => unknown) {
  try {
    use();
  } catch (error) {
    if (isProgImageError(error)) return error;
    throw error;
  }
  throw new Error("Cannot test the refusal: it was read");
}

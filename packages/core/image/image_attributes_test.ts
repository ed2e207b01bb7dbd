import { describe, expect, test } from "bun:test";
import { Kind } from "@sinclair/typebox";
import fc from "fast-check";
import { readShape } from "../shape/read_shape.ts";
import { ATTRIBUTES } from "./attribute_table.ts";
import type { ImageAttributes } from "./image.ts";
import {
  ATTRIBUTES_SHAPE,
  attributesText,
  attributesJson,
  NO_ATTRIBUTES,
  PATCH_SHAPE,
  patchAttributes,
  readAttributes,
  readPatch,
  settleExpiry,
  readSharedAttributes,
  SHARED_ATTRIBUTES_SHAPE,
} from "./image_attributes.ts";
import { imageFixture } from "./image_fixture.ts";
import { attributeColumns, fromRow, toRow } from "./catalog/image_row.ts";

/** Two values of each attribute, and their JSON. A missing attribute does not compile. */
const SAMPLES: { readonly [Name in keyof ImageAttributes]: readonly [Sample<Name>, Sample<Name>] } = {
  name: [
    ["one", "one"],
    ["two", "two"],
  ],
  tags: [
    [["a"], ["a"]],
    [
      ["b", "c"],
      ["b", "c", "b"],
    ],
  ],
  metadata: [
    [{ a: 1 }, { a: 1 }],
    [
      { a: 2, b: { c: [null] } },
      { a: 2, b: { c: [null] } },
    ],
  ],
  focalPoint: [
    [
      { x: 0, y: 1 },
      { x: 0, y: 1 },
    ],
    [
      { x: 0.5, y: 0.25 },
      { x: 0.5, y: 0.25 },
    ],
  ],
  private: [
    [true, true],
    [false, false],
  ],
  expiresAt: [
    [4_102_444_800_000, "2100-01-01T00:00:00.000Z"],
    [4_102_574_400_000, "2100-01-02T17:00:00+05:00"],
  ],
};
type Sample<Name extends keyof ImageAttributes> = readonly [value: ImageAttributes[Name], json: unknown];

const NAMES = Object.keys(SAMPLES) as (keyof ImageAttributes)[];
const FIRST = valuesOf(0);
const NOW = { now: 1_000_000 };

describe("each attribute", () => {
  for (const name of NAMES) {
    const [[first, firstJson], [second, secondJson]] = SAMPLES[name];

    test(`${name} is read, and written as it was read`, () => {
      expect(readAttributes({ [name]: firstJson })).toEqual({ [name]: first });
      const json = attributesJson({ ...NO_ATTRIBUTES, [name]: first })[name];
      expect(readShape(ATTRIBUTES[name].shape, json)).toEqual(firstJson as never);
      expect(readAttributes(attributesJson(NO_ATTRIBUTES))).toEqual(NO_ATTRIBUTES);
    });

    test(`${name} is changed by a patch, which changes nothing else`, () => {
      const patched = patchAttributes(FIRST, readPatch({ [name]: secondJson }, NOW));
      expect(patched).toEqual({ ...FIRST, [name]: second });
    });

    test(`${name} is reset to its default by null in a patch`, () => {
      const patched = patchAttributes(FIRST, readPatch({ [name]: null }, NOW));
      expect(patched).toEqual({ ...FIRST, [name]: ATTRIBUTES[name].default });
    });

    test(`${name} is in every shape, and stored in the columns of the databases`, () => {
      expect(Object.keys(ATTRIBUTES_SHAPE.properties)).toContain(name);
      expect(Object.keys(PATCH_SHAPE.properties)).toContain(name);
      expect(Object.keys(SHARED_ATTRIBUTES_SHAPE.properties).includes(name)).toBe(ATTRIBUTES[name].isShared);
      const image = imageFixture({ ...FIRST, [name]: second });
      expect(fromRow(toRow(image))).toEqual(image);
      expect(fromRow({ ...toRow(imageFixture()), ...attributeColumns(image) })).toMatchObject({
        [name]: second,
      });
    });
  }
});

describe("readAttributes", () => {
  test("reads a relative expiry instead of a time", () => {
    const said = readAttributes({ expiresIn: 60 });
    expect(said).toEqual({ expiresIn: 60 });
    expect(settleExpiry(said, NOW.now)).toEqual({ expiresAt: 1_060_000 });
    expect(() => readAttributes({ expiresIn: 60, expiresAt: "2100-01-01" }, { path: "save" })).toThrow(
      "Cannot read save/expiresIn as it cannot be combined with expiresAt",
    );
  });

  test("returns attributes whose attributesText() has no defaults: a new attribute does not change it", () => {
    const text = (json: object) => attributesText(readAttributes(json));
    expect(text({ tags: ["a"], name: null, focalPoint: null })).toBe('{"tags":["a"]}');
    expect(text({ expiresIn: 60 })).toBe('{"expiresIn":60}');
    expect(text({})).toBe("{}");
  });

  test("returns attributes for which attributesText() is equal in every notation", () => {
    const text = (json: object) => attributesText(readAttributes(json));
    const said = { tags: ["a"], metadata: { x: 1, y: { b: [1], a: 2 } }, expiresAt: "2100-01-01T00:00:00Z" };
    const alike = {
      expiresAt: "2100-01-01T01:00:00+01:00",
      metadata: { y: { a: 2, b: [1] }, x: 1 },
      tags: ["a", "a"],
    };
    expect(text(alike)).toBe(text(said));
    expect(text({ name: "", tags: [], focalPoint: null })).toBe(text({}));
    const others = [{}, said, { tags: ["b"] }, { tags: ["a", "b"] }, { expiresIn: 60 }, { expiresIn: 61 }];
    expect(new Set(others.map(text)).size).toBe(others.length);
  });

  test("says what each attribute must be", () => {
    const refused: readonly (readonly [json: object, message: string])[] = [
      [{ name: "\u0000" }, "name as it must be text without control characters of at most 255 characters"],
      [{ name: "x".repeat(256) }, "it has 256 characters"],
      [
        { tags: Array.from({ length: 65 }, String) },
        "tags as it must be a list of at most 64 items: it has 65",
      ],
      [{ tags: [""] }, "tags/0 as it must be text without control characters of 1 to 128 characters"],
      [{ metadata: { a: "x".repeat(16_384) } }, "a JSON object of at most 16384 bytes: it has 16392 bytes"],
      [{ focalPoint: { x: 0.5 } }, "focalPoint/y as it must be a number from 0 to 1: it is missing"],
      [{ expiresAt: 3600 }, "expiresAt as it must be an ISO 8601 time such as 2030-01-31T12:00:00Z or null"],
      [{ expiresIn: "60" }, "expiresIn as it must be a whole number from 1 to 3155760000"],
    ];
    for (const [json, message] of refused) expect(() => readAttributes(json)).toThrow(message);
  });

  test("rejects a name for many images", () => {
    expect(readSharedAttributes({ tags: ["a"], expiresIn: 1 }, NOW)).toEqual({
      tags: ["a"],
      expiresAt: 1_001_000,
    });
    expect(() => readSharedAttributes({ name: "a" }, NOW)).toThrow("Cannot read name: there is no field");
  });
});

describe("patchAttributes", () => {
  test("merges objects as in RFC 7396", () => {
    const patch = (json: object) => patchAttributes(FIRST, readPatch(json, NOW));
    expect(patch({ metadata: { b: { c: 1, d: null } } }).metadata).toEqual({ a: 1, b: { c: 1 } });
    expect(patch({ metadata: { a: null, b: [null] } }).metadata).toEqual({ b: [null] });
    expect(patch({ focalPoint: { x: 0.75 } }).focalPoint).toEqual({ x: 0.75, y: 1 });
    expect(patch({ expiresIn: 5 }).expiresAt).toBe(1_005_000);
    expect(patch({})).toEqual(FIRST);
  });

  test("adds and removes tags, and keeps the others", () => {
    const before = { ...FIRST, tags: ["a", "b", "c"] };
    const patch = (tags: unknown) => patchAttributes(before, readPatch({ tags }, NOW)).tags;
    expect(patch({ add: ["d", "b", "d"] })).toEqual(["a", "b", "c", "d"]);
    expect(patch({ remove: ["b", "x"] })).toEqual(["a", "c"]);
    expect(patch({ add: ["a"], remove: ["a", "c"] })).toEqual(["b", "a"]);
    expect(patch({})).toEqual(before.tags);
  });

  test("checks the limit of tags after the patch, not before", () => {
    const full = { ...FIRST, tags: Array.from({ length: 64 }, (_, index) => `t${index}`) };
    const patch = (tags: unknown) => patchAttributes(full, readPatch({ tags }, NOW)).tags;
    expect(patch({ add: ["t0"] })).toEqual(full.tags);
    expect(patch({ add: ["new"], remove: ["t0"] })).toEqual([...full.tags.slice(1), "new"]);
    expect(() => patch({ add: ["new"] })).toThrow("tags as it must be a list of at most 64 items: it has 65");
    expect(() => patch({ add: [""] })).toThrow("Cannot read tags/add/0");
    expect(() => patch({ set: ["a"] })).toThrow("Cannot read tags/set: there is no field of this name");
  });

  test("rejects a patch whose result is invalid", () => {
    const large = { a: "x".repeat(10_000) };
    const patch = readPatch({ metadata: { b: "x".repeat(10_000) } }, { ...NOW, path: "patch" });
    expect(() => patchAttributes({ ...FIRST, metadata: large }, patch)).toThrow(
      "Cannot read patch/metadata as it must be a JSON object of at most 16384 bytes",
    );
    expect(() => patchAttributes(NO_ATTRIBUTES, readPatch({ focalPoint: { x: 0 } }, NOW))).toThrow(
      "focalPoint/y",
    );
  });

  test("returns attributes that survive being written and read, for any patch", () => {
    const attribute = (name: keyof ImageAttributes) =>
      fc.constantFrom(null, ...SAMPLES[name].map(([, json]) => json));
    const patches = fc.record(Object.fromEntries(NAMES.map((name) => [name, attribute(name)])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(fc.array(patches, { maxLength: 4 }), (all) => {
        const patched = all.reduce<ImageAttributes>(
          (attributes, json) => patchAttributes(attributes, readPatch(json, NOW)),
          NO_ATTRIBUTES,
        );
        expect(readAttributes(attributesJson(patched))).toEqual(patched);
      }),
      { numRuns: 200 },
    );
  });
});

test("shapes of attributes are those of TypeBox, which other tools can read", () => {
  for (const shape of [ATTRIBUTES_SHAPE, SHARED_ATTRIBUTES_SHAPE, PATCH_SHAPE])
    expect([shape[Kind], readShape(shape, {})]).toEqual(["Object", {}]);
});

function valuesOf(index: 0 | 1): ImageAttributes {
  return Object.fromEntries(
    NAMES.map((name) => [name, SAMPLES[name][index][0]]),
  ) as unknown as ImageAttributes;
}

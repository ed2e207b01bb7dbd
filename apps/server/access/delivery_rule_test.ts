import { describe, expect, test } from "bun:test";
import type { Scope } from "@progimage/core";
import { type Caller, OPEN_CALLER, STRANGER } from "./caller.ts";
import {
  createDeliveryRule,
  type DeliverySettings,
  type DeliveryUse,
  deliveryUse,
  hasRight,
} from "./delivery_rule.ts";

const USES: readonly DeliveryUse[] = ["original", "preset", "public_preset", "recipe"];

/** Returns the uses of an image that a caller may have. */
function usesOf(settings: Partial<DeliverySettings>, caller: Caller, isPrivate = false) {
  const rule = createDeliveryRule({
    access: "keys",
    delivery: "signed",
    publicOriginals: false,
    ...settings,
  });
  return USES.filter((use) => hasRight(caller, rule(use, isPrivate, caller)));
}

function callerWith(by: Caller["by"], ...scopes: readonly Scope[]): Caller {
  return { tenant: "", scopes: new Set(scopes), by, keyId: "k" };
}

describe("createDeliveryRule()", () => {
  test("gives strangers what the mode says, and nothing of private images", () => {
    const modes: readonly (readonly [Partial<DeliverySettings>, readonly DeliveryUse[]])[] = [
      [{ delivery: "public" }, USES],
      [{ delivery: "presets" }, ["public_preset"]],
      [{ delivery: "presets", publicOriginals: true }, ["original", "public_preset"]],
      [{ delivery: "signed" }, []],
      [{ delivery: "private" }, []],
    ];
    for (const [settings, uses] of modes) {
      expect(usesOf(settings, STRANGER)).toEqual(uses as DeliveryUse[]);
      expect(usesOf(settings, STRANGER, true)).toEqual([]);
    }
  });

  test("gives originals and presets for images:read, and recipes for recipes:run, also of private images", () => {
    for (const by of ["key", "jwt", "signature"] as const) {
      expect(usesOf({}, callerWith(by, "images:read"))).toEqual(["original", "preset", "public_preset"]);
      expect(usesOf({}, callerWith(by, "recipes:run"))).toEqual(["recipe"]);
      expect(usesOf({}, callerWith(by, "recipes:run"), true)).toEqual([]);
      expect(usesOf({}, callerWith(by, "images:read", "recipes:run"), true)).toEqual([...USES]);
      expect(usesOf({}, callerWith(by, "images:create", "admin"))).toEqual([]);
    }
  });

  test("gives nothing for a signature if delivery is private", () => {
    const scopes = ["images:read", "recipes:run"] as const;
    expect(usesOf({ delivery: "private" }, callerWith("signature", ...scopes))).toEqual([]);
    expect(usesOf({ delivery: "private" }, callerWith("key", ...scopes))).toEqual([...USES]);
  });

  test("gives strangers what their tenant says instead of the server", () => {
    expect(usesOf({ delivery: "private" }, { ...STRANGER, delivery: "public" })).toEqual([...USES]);
    expect(usesOf({ delivery: "public" }, { ...STRANGER, delivery: "presets" })).toEqual(["public_preset"]);
    expect(usesOf({ delivery: "public" }, { ...STRANGER, delivery: "signed" })).toEqual([]);
    const signed = { ...callerWith("signature", "images:read", "recipes:run"), delivery: "private" } as const;
    expect(usesOf({ delivery: "public" }, signed)).toEqual([]);
  });

  test("gives everything in mode open", () => {
    for (const caller of [OPEN_CALLER, STRANGER])
      expect(usesOf({ access: "open" }, caller, true)).toEqual([...USES]);
  });
});

test("deliveryUse() tells originals, presets and recipes apart", () => {
  const presets = { isPublic: (name: string) => name === "hero" } as never;
  const uses: readonly (readonly [extension: string | null, query: string, use: DeliveryUse])[] = [
    [null, "", "original"],
    [null, "v=1&download=a", "original"],
    ["webp", "preset=hero", "public_preset"],
    ["auto", "v=1&preset=hero&download", "public_preset"],
    [null, "preset=hero", "preset"],
    ["webp", "preset=other", "preset"],
    ["webp", "preset=hero&preset=hero", "recipe"],
    ["webp", "preset=hero&flip", "recipe"],
    ["webp", "preset=hero&format=png", "recipe"],
    ["webp", "", "recipe"],
    [null, "format=webp", "recipe"],
    [null, "flip", "recipe"],
    ["webp", "%70reset=her%6f", "public_preset"],
  ];
  for (const [extension, query, use] of uses)
    expect([query, deliveryUse({ extension, query }, presets)]).toEqual([query, use]);
});

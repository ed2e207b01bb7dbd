import { describe, expect, test } from "bun:test";
import {
  derivativeKey,
  digitsOfSource,
  isDerivativeKey,
  isKeyOfOwner,
  sourceOf,
  sourceOfKey,
} from "./derivative_key.ts";

const REST = { format: "webp", fingerprint: "vips 8.18.7 x64" } as const;

/** The keys of earlier versions, by their identities. */
const KNOWN = [
  [
    {
      ...REST,
      image: { owner: "", sha256: "ab".repeat(32), generation: 0 },
      steps: [{ transform: "resize", params: { width: 10 } }],
      versions: [1],
    },
    "abababababababababababababababab-2b64550e2e51654468e566aed4e2761780255e504b9a9f5647921527b4e5b45a",
  ],
  [
    {
      ...REST,
      image: { owner: "", sha256: "0123456789abcdef".repeat(4), generation: 1_700_000_000_000 },
      steps: [],
      versions: [],
    },
    "0123456789abcdef0123456789abcdef-35a8e98feacbab8511fe827cfc811b9f6f602779ce4246fdc71cdcf4921a8ebb",
  ],
] as const;

describe("derivativeKey()", () => {
  test("gives the first owner the keys of earlier versions", () => {
    for (const [identity, key] of KNOWN) {
      expect(derivativeKey(identity)).toBe(key);
      expect(sourceOf(identity.image)).toBe(identity.image.sha256.slice(0, 32));
      expect(isKeyOfOwner(key, "")).toBe(true);
    }
  });

  test("gives each owner other keys and sources for the same bytes", () => {
    const [[identity]] = KNOWN;
    const owners = ["", "one", "two"];
    const images = owners.map((owner) => ({ ...identity.image, owner }));
    const keys = images.map((image) => derivativeKey({ ...identity, image }));
    const ends = keys.map((key) => key.slice(33));
    expect([new Set(ends).size, new Set(keys.map(sourceOfKey)).size]).toEqual([3, 3]);
    expect(keys.map(sourceOfKey)).toEqual(images.map(sourceOf));
    for (const [index, key] of keys.entries()) {
      expect(isDerivativeKey(key)).toBe(true);
      expect(owners.filter((owner) => isKeyOfOwner(key, owner))).toEqual([owners[index] ?? ""]);
      expect(identity.image.sha256.startsWith(digitsOfSource(sourceOfKey(key)))).toBe(true);
    }
  });
});

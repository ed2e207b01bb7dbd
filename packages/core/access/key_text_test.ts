import { describe, expect, test } from "bun:test";
import { crc32 } from "node:zlib";
import { hasHash, hashSecret, isKeyId, newKeyText, parseKeyText, writeKeyText } from "./key_text.ts";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describe("newKeyText()", () => {
  test("gives keys that differ, and that parseKeyText() reads", () => {
    const keys = Array.from({ length: 100 }, newKeyText);
    expect(new Set(keys.flatMap(({ id, secret }) => [id, secret])).size).toBe(200);
    for (const key of keys) {
      expect(writeKeyText(key)).toMatch(/^pi_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}$/);
      expect(parseKeyText(writeKeyText(key))).toEqual(key);
      expect(isKeyId(key.id)).toBe(true);
    }
  });

  test("ends a key with its CRC-32 in base 62", () => {
    const text = writeKeyText(newKeyText());
    const value = [...text.slice(-6)].reduce((sum, digit) => sum * 62 + DIGITS.indexOf(digit), 0);
    expect(value).toBe(crc32(text.slice(0, -6)));
  });
});

describe("parseKeyText()", () => {
  test("gives null for a key with any other character in its place", () => {
    const text = writeKeyText(newKeyText());
    for (const [index, was] of [...text].entries())
      for (const other of ["0", "Z", "_", " "].filter((each) => each !== was))
        expect(parseKeyText(text.slice(0, index) + other + text.slice(index + 1))).toBeNull();
  });

  test("gives null for parts of a key, and for more than one", () => {
    const text = writeKeyText(newKeyText());
    for (const other of ["", "pi_", text.slice(1), text.slice(0, -1), `${text}0`, `${text}\n`, ` ${text}`])
      expect(parseKeyText(other)).toBeNull();
  });
});

describe("hasHash()", () => {
  test("is true for the secret of a hash alone", () => {
    const [{ secret }, other] = [newKeyText(), newKeyText()];
    expect(hasHash(secret, hashSecret(secret))).toBe(true);
    expect(hasHash(other.secret, hashSecret(secret))).toBe(false);
    expect(hasHash(secret, hashSecret(secret).slice(1))).toBe(false);
  });

  test("hashSecret() is SHA-256", () => {
    expect(hashSecret("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});

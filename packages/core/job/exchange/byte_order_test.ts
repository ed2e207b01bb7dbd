import { expect, test } from "bun:test";
import { randomNumbers } from "../../testing/testing_random.ts";
import { compareBytes, placeByBytes, sortByBytes } from "./byte_order.ts";

const LETTERS = ["", "a", "b", "/", "é", "\uD7FF", "\uE000", "\uFF5E", "😀", "\u{10FFFF}"];

test("compareBytes() and sortByBytes() order texts by their UTF-8 bytes", () => {
  const random = randomNumbers(1);
  const letter = () => LETTERS[Math.floor(random() * LETTERS.length)] ?? "";
  const texts = Array.from({ length: 300 }, () => letter() + letter() + letter());
  const expected = texts.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  expect(sortByBytes(texts)).toEqual(expected);
  const plain = texts.filter((text) => /^[a-z/é]*$/.test(text));
  expect(sortByBytes(plain)).toEqual(expected.filter((text) => plain.includes(text)));
  for (const text of texts) expect(placeByBytes(expected, text)).toBe(expected.indexOf(text));
  expect(placeByBytes(expected, "\u{10FFFF}".repeat(4))).toBe(expected.length);
  for (const one of texts.slice(0, 50))
    for (const other of texts)
      expect(Math.sign(compareBytes(one, other))).toBe(Buffer.compare(Buffer.from(one), Buffer.from(other)));
});

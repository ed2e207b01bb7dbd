import { describe, expect, test } from "bun:test";
import { fileDisposition, fileNameOf, readDownload } from "./file_disposition.ts";

describe("readDownload()", () => {
  test.each([
    ["", { isWanted: false, name: "" }],
    ["downloads=1&a=download", { isWanted: false, name: "" }],
    ["download", { isWanted: true, name: "" }],
    ["flip&download=", { isWanted: true, name: "" }],
    ["download=a%20b.png&flip", { isWanted: true, name: "a b.png" }],
    ["download=a&download=b", { isWanted: true, name: "a" }],
  ] as const)("reads %p", (query, expected) => {
    expect(readDownload(query)).toEqual(expected);
  });
});

describe("fileNameOf()", () => {
  test.each([
    ["", ""],
    [".jpg", ""],
    ["cat", "cat.jpg"],
    ["cat.jpg", "cat.jpg"],
    ["cat.JPEG", "cat.JPEG"],
    ["cat.png", "cat.jpg"],
    ["cat.tar.gz", "cat.tar.jpg"],
    ["version 1.2 of it", "version 1.2 of it.jpg"],
    ["a/b\\c/../cat.jpg", "cat.jpg"],
    ["folder/", ""],
    ["c\u0000a\r\nt\u007f", "cat.jpg"],
    ["a\nb/cat", "cat.jpg"],
    ["x".repeat(300), `${"x".repeat(200)}.jpg`],
    [`${"x".repeat(199)}😀`, `${"x".repeat(199)}\ufffd.jpg`],
  ])("makes %j %j", (name, expected) => {
    expect(fileNameOf(name, "jpeg")).toBe(expected);
  });

  test("keeps the extension of an SVG, which is no output format", () => {
    expect(fileNameOf("CAT.SVG", "svg")).toBe("CAT.SVG");
  });
});

describe("fileDisposition()", () => {
  const shown = { isWanted: false, name: "" };
  test.each([
    ["cat", "jpeg", shown, "inline; filename=cat.jpg"],
    ["", "jpeg", shown, "inline"],
    ["", "jpeg", { isWanted: true, name: "" }, "attachment"],
    ["cat", "png", { isWanted: true, name: "dog.jpg" }, "attachment; filename=dog.png"],
    ["cat", "svg", shown, "attachment; filename=cat.svg"],
    ['a "cat"', "png", shown, 'inline; filename="a \\"cat\\".png"'],
    ["猫", "png", shown, "inline; filename=\"?.png\"; filename*=UTF-8''%E7%8C%AB.png"],
  ] as const)("of %j as %s", (name, format, download, expected) => {
    expect(fileDisposition(name, format, download)).toBe(expected);
  });
});

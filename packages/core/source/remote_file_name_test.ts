import { expect, test } from "bun:test";
import fc from "fast-check";
import { readAttributes } from "../image/image_attributes.ts";
import { remoteFileName } from "./remote_file_name.ts";

function named(
  contentDisposition: string | undefined,
  url = "https://a.test/path/photo%20one.jpg?x=/y.png",
): string {
  return remoteFileName(new URL(url), contentDisposition);
}

test("remoteFileName() takes the last segment of the path", () => {
  expect(named(undefined)).toBe("photo one.jpg");
  expect(named("inline")).toBe("photo one.jpg");
  expect(named(undefined, "https://a.test/")).toBe("");
  expect(named(undefined, "https://a.test/folder/")).toBe("");
  expect(named(undefined, "https://a.test/50%.png")).toBe("50%.png");
  expect(named(undefined, "https://a.test/%e4%b8%ad%2Fb.png")).toBe("b.png");
});

test("remoteFileName() prefers what the answer suggests, its extended form before the others", () => {
  expect(named("attachment; filename=plain.png")).toBe("plain.png");
  expect(named('attachment; filename="two words; and.png"; size=3')).toBe("two words; and.png");
  expect(named(String.raw`attachment; FileName="a \"b\".png"`)).toBe('a "b".png');
  expect(named("attachment; filename=\"eur.png\"; filename*=UTF-8''%e2%82%ac%20rates.png")).toBe(
    "€ rates.png",
  );
  expect(named(`inline; filename="${Buffer.from("héé.png").toString("latin1")}"`)).toBe("héé.png");
});

test("remoteFileName() keeps only the last part of a path, without deceptive characters", () => {
  expect(named('attachment; filename="../../etc/passwd"')).toBe("passwd");
  expect(named("attachment; filename*=utf-8''C%3A%5Cx%5Cy.png")).toBe("y.png");
  expect(named("attachment; filename*=utf-8''a%0d%0aX%3A%20b%E2%80%AEgpj.exe")).toBe("aX: bgpj.exe");
  expect(named('attachment; filename=".."')).toBe("photo one.jpg");
});

test("remoteFileName() gives a valid image name for any input", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 600 }),
      fc.string({ maxLength: 600 }),
      (header, path) => {
        const url = new URL("https://a.test/");
        url.pathname = path;
        for (const text of [
          header,
          `a; filename="${header}"`,
          `a; filename*=utf-8''${encodeURIComponent(header.toWellFormed())}`,
        ]) {
          const name = remoteFileName(url, text);
          expect(readAttributes({ name })).toEqual({ name: name || null });
          expect(name).not.toMatch(/[/\\]/);
        }
      },
    ),
  );
});

import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "..");
const LONGEST_LINE = 100;
const MOST_WORDS = 60;

const INDEX = "docs/decisions/README.md";
const DECISIONS = [...new Glob("docs/decisions/[0-9]*.md").scanSync(ROOT)].toSorted();
const PAGES = ["docs/architecture.md", INDEX, ...DECISIONS];

describe("docs/architecture.md and docs/decisions", () => {
  for (const page of PAGES) {
    test(`${page} names files and links that exist`, async () => {
      const text = await read(page);
      const files = [...text.matchAll(/`((?:apps|bench|deploy|packages|scripts)\/[^`\s]+)`/g)];
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
      const paths = [
        ...files.map(([, path = ""]) => path),
        ...links.map(([, link = ""]) => join(dirname(page), link)),
      ];
      expect(paths).not.toBeEmpty();
      expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    });

    test(`${page} has short lines and paragraphs`, async () => {
      const prose = withoutTablesAndDiagrams(await read(page));
      expect(prose.split("\n").filter((line) => line.length > LONGEST_LINE)).toEqual([]);
      const paragraphs = prose.split(/\n\n+|\n(?=- )/);
      expect(paragraphs.filter((each) => countWords(each) > MOST_WORDS)).toEqual([]);
    });
  }

  test("README.md lists each decision with its title and date, in order", async () => {
    const listed = [...(await read(INDEX)).matchAll(/\| (\d{4}) +\| \[(.+?)\]\((.+?)\) +\| (\S+) +\|/g)];
    const told = listed.map(([, number, title, file, date]) => ({ number, title, file, date }));
    const found = await Promise.all(
      DECISIONS.map(async (page) => {
        const [, number, title, date] = /^# (\d{4})\. (.+)\n\nDate: (\S+)\n/.exec(await read(page)) ?? [];
        return { number, title, file: page.slice("docs/decisions/".length), date };
      }),
    );
    expect(told).toEqual(found);
    expect(told.map(({ number }) => Number(number))).toEqual(told.map((_, place) => place + 1));
  });
});

function read(page: string): Promise<string> {
  return Bun.file(join(ROOT, page)).text();
}

function withoutTablesAndDiagrams(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/^\|.*$/gm, "");
}

function countWords(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}

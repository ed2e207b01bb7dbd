import { describe, expect, test } from "bun:test";
import { join } from "node:path";

/** How many there may be for each 1,000 words of comments. */
const MOST_VAGUE_WORDS = 0.2;
const MOST_INVERTED_SENTENCES = 0.2;

/** In words. */
const MEAN_PARAGRAPH = 40;
const LONGEST_PARAGRAPH = 120;

/** In characters. Links and code cannot be broken. */
const LONGEST_LINE = 100;

/** Pages that are generated, and the list of changes. */
const OTHER_PAGES = ["CHANGELOG.md", "docs/benchmarks.md", "docs/configuration.md", "docs/transforms.md"];

describe("comments", () => {
  test("are in plain English", async () => {
    const texts = await Promise.all(trackedFiles("*.ts").map(read));
    const { vague, inverted } = rates(texts.flatMap(commentsOf));
    expect(vague).toBeLessThanOrEqual(MOST_VAGUE_WORDS);
    expect(inverted).toBeLessThanOrEqual(MOST_INVERTED_SENTENCES);
  });

  test("that are not are counted", () => {
    const code = "/** What nobody needs. */\nconst a = `https://b`; // Whoever asks\n/** Returns it. */\n";
    expect(commentsOf(code)).toEqual(["What nobody needs.", "Returns it.", "Whoever asks"]);
    expect(rates(commentsOf(code))).toEqual({ vague: 2000 / 7, inverted: 2000 / 7 });
  });
});

describe("pages", () => {
  const pages = trackedFiles("*.md").filter((path) => !OTHER_PAGES.includes(path));

  test.each(pages)("%s has short paragraphs and lines", async (page) => {
    expect(faultsOf(await read(page))).toEqual([]);
  });

  test("that have long ones are found", () => {
    const words = (count: number) => Array.from({ length: count }, () => "word").join(" ");
    const wrapped = (count: number) => words(count).replaceAll(/(.{90}\S*) /g, "$1\n");
    expect(faultsOf(wrapped(130))).toEqual(["a paragraph of 130 words", "130 words a paragraph"]);
    expect(faultsOf(`${words(30)}\n\n| ${words(40)} |\n`)).toEqual(["a line of 149 characters"]);
    expect(faultsOf(`- ${wrapped(30)}\n- [${words(30)}](https://example.com)\n`)).toEqual([]);
  });
});

/** Returns the texts of the comments of a file: first those between marks, then those at the ends of lines. */
function commentsOf(code: string): readonly string[] {
  const blocks = [...code.matchAll(/\/\*\*?([\s\S]*?)\*\//g)].map(([, text = ""]) =>
    text.replaceAll(/^\s*\* ?/gm, ""),
  );
  const lines = [...code.matchAll(/(?:^|\s)\/\/ (.*)$/gm)].map(([, text = ""]) => text);
  return [...blocks, ...lines].map((text) => text.trim());
}

/** Returns how often vague words, and sentences that open with "What", stand in 1,000 words. */
function rates(texts: readonly string[]): { readonly vague: number; readonly inverted: number } {
  const count = (regexp: RegExp) => texts.reduce((sum, text) => sum + [...text.matchAll(regexp)].length, 0);
  const words = count(/\S+/g);
  const rate = (regexp: RegExp) => (1000 * count(regexp)) / words;
  return {
    vague: rate(/\b(?:nobody|somebody|whoever|whatever|for ever)\b/gi),
    inverted: rate(/(?:^|[.!?:]\s+)\s*(?:What|Whoever)\b/gm),
  };
}

/** Returns the long paragraphs and lines of a page, tables and code apart. */
function faultsOf(page: string): readonly string[] {
  const prose = page.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/^\s*(?:\||<).*$/gm, "");
  const paragraphs = prose
    .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)/)
    .filter((text) => text.trim() !== "" && !text.trimStart().startsWith("#"))
    .map((text) => text.split(/\s+/).filter(Boolean).length);
  const mean = paragraphs.reduce((sum, words) => sum + words, 0) / Math.max(1, paragraphs.length);
  const long = paragraphs.filter((words) => words > LONGEST_PARAGRAPH);
  const lines = prose
    .split("\n")
    .filter((line) => line.length > LONGEST_LINE && !/\]\(|`|https?:/.test(line));
  return [
    ...long.map((words) => `a paragraph of ${words} words`),
    ...(mean > MEAN_PARAGRAPH ? [`${Math.round(mean)} words a paragraph`] : []),
    ...lines.map((line) => `a line of ${line.length} characters`),
  ];
}

function trackedFiles(pattern: string): readonly string[] {
  const { stdout } = Bun.spawnSync(["git", "ls-files", "-z", pattern], { cwd: import.meta.dir });
  return stdout
    .toString()
    .split("\0")
    .filter((path) => path !== "" && Bun.file(join(import.meta.dir, path)).size > 0);
}

async function read(path: string): Promise<string> {
  return await Bun.file(join(import.meta.dir, path)).text();
}

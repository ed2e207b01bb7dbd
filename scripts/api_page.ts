import { describeProblems } from "../apps/server/problem/problem_kinds.ts";
import { markdownTable } from "./markdown_table.ts";

/** The parts of docs/api.md that are generated, by the names of their marks. */
const PARTS: Readonly<Record<string, () => string>> = { problems: problemTable };

/** Returns docs/api.md with its generated parts written anew. @throws {Error} if a mark is not there */
export function apiPage(text: string): string {
  return Object.entries(PARTS).reduce((page, [name, write]) => {
    const part = new RegExp(`(<!-- ${name}: [^>]*-->\n)[^]*(<!-- /${name} -->)`);
    if (!part.test(page)) throw new Error(`Cannot write docs/api.md: it has no mark "${name}"`);
    return page.replace(part, (_, begin: string, end: string) => `${begin}\n${write()}\n\n${end}`);
  }, text);
}

function problemTable(): string {
  const rows = describeProblems().map(({ code, meaning, reserved, retryable, status }) => [
    String(status),
    `\`${code}\``,
    reserved ? `${meaning} Reserved` : meaning,
    retryable ? "yes" : "no",
  ]);
  return markdownTable(["status", "code", "meaning", "retryable"], rows);
}

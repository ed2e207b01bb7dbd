import { describeProblems } from "../apps/server/problem/problem_kinds.ts";
import type { ApiDocument, ApiOperation } from "./api_document.ts";
import { markdownTable } from "./markdown_table.ts";

/** The parts of docs/api.md that are generated, by the names of their marks. */
const PARTS: Readonly<Record<string, (document: ApiDocument) => string>> = {
  endpoints: endpointTable,
  problems: problemTable,
};

/** Returns docs/api.md with its generated parts written anew. @throws {Error} if a mark is not there */
export function apiPage(text: string, document: ApiDocument): string {
  return Object.entries(PARTS).reduce((page, [name, write]) => {
    const part = new RegExp(`(<!-- ${name}: [^>]*-->\n)[^]*(<!-- /${name} -->)`);
    if (!part.test(page)) throw new Error(`Cannot write docs/api.md: it has no mark "${name}"`);
    return page.replace(part, (_, begin: string, end: string) => `${begin}\n${write(document)}\n\n${end}`);
  }, text);
}

/** Each transform is a service of its own in the document: they are one line here. */
const SERVICE = "/transforms/{name}";
const SERVICE_SUMMARY = "One transform as a service: its parameters by their names";

function endpointTable({ paths }: ApiDocument): string {
  const rows = new Map<string, readonly string[]>();
  for (const [path, operations] of Object.entries(paths))
    for (const [method, operation] of Object.entries(operations)) {
      const isService = path.startsWith("/transforms/") && method === "post";
      const endpoint = `${method.toUpperCase()} ${isService ? SERVICE : path}`;
      rows.set(
        endpoint,
        endpointRow(endpoint, isService ? { ...operation, summary: SERVICE_SUMMARY } : operation),
      );
    }
  const sorted = [...rows.values()].toSorted(
    ([, one = "", oneTag = ""], [, other = "", otherTag = ""]) =>
      TAGS.indexOf(oneTag) - TAGS.indexOf(otherTag) || one.localeCompare(other),
  );
  return markdownTable(
    ["endpoint", "what it does"],
    sorted.map(([endpoint = "", , , summary = ""]) => [endpoint, summary]),
  );
}

const TAGS: readonly string[] = ["Images", "Transforms", "Jobs", "Operations"];

/** Returns how it is written, by what it is sorted, and what it does. */
function endpointRow(
  endpoint: string,
  { summary = "", tags: [tag = ""] = [] }: ApiOperation,
): readonly string[] {
  const [method = "", path = ""] = endpoint.split(" ");
  return [`\`${endpoint}\``, `${path} ${method}`, tag, summary];
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

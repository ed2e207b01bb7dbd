import { describeProblems } from "../apps/server/problem/problem_kinds.ts";
import type { ApiDocument, ApiOperation } from "./api_document.ts";
import { markdownTable } from "./markdown_table.ts";

/** The generated parts of docs/api.md, by the names of their markers. */
const PARTS: Readonly<Record<string, (document: ApiDocument) => string>> = {
  endpoints: endpointTable,
  problems: problemTable,
};

/** Returns docs/api.md with its generated parts updated. @throws {Error} if a marker is missing */
export function apiPage(text: string, document: ApiDocument): string {
  return Object.entries(PARTS).reduce((page, [name, write]) => {
    const part = new RegExp(`(<!-- ${name}: [^>]*-->\n)[^]*(<!-- /${name} -->)`);
    if (!part.test(page)) throw new Error(`Cannot write docs/api.md: it has no mark "${name}"`);
    return page.replace(part, (_, begin: string, end: string) => `${begin}\n${write(document)}\n\n${end}`);
  }, text);
}

/** The path that replaces those of all transforms: the document has a service for each, and the page one line for all. */
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

const TAGS: readonly string[] = ["Images", "Transforms", "Jobs", "Access", "Operations"];

/** Returns an endpoint, the key by which it is sorted, its tag and its summary. */
function endpointRow(
  endpoint: string,
  { summary = "", tags: [tag = ""] = [] }: ApiOperation,
): readonly string[] {
  const [method = "", path = ""] = endpoint.split(" ");
  return [`\`${endpoint}\``, `${path} ${method}`, tag, summary];
}

function problemTable(): string {
  const rows = describeProblems().map(({ code, meaning, retryable, status }) => [
    String(status),
    `\`${code}\``,
    meaning,
    retryable ? "yes" : "no",
  ]);
  return markdownTable(["status", "code", "meaning", "retryable"], rows);
}

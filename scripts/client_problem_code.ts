import { describeProblems } from "../apps/server/problem/problem_kinds.ts";

/** The file of the client's type of codes. */
export const CLIENT_PROBLEM_CODE = "packages/client/problem_code.ts";

/** Returns the client's type of the codes of problems. `bun run docs` writes it; a test fails if it is stale. */
export function clientProblemCode(): string {
  const members = describeProblems().map(({ code, title }) => `  | "${code}" // ${title}`);
  return `// Generated from the server's table of problems: bun run docs writes it.

/** A stable code for programs. Later servers may send other codes: use the status then. */
export type ProblemCode =
${members.join("\n")}
  | "unexpected_answer" // The response is not from ProgImage
  | (string & {});
`;
}

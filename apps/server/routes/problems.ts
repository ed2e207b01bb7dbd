import { Elysia } from "elysia";
import { prefersHtml } from "../request/prefers_html.ts";
import { pathNotFound } from "../http/problem.ts";
import { describeProblem, describeProblems } from "../problem/problem_kinds.ts";
import { problemPage, problemsPage } from "../problem/problem_page.ts";
import { PROBLEM_DETAILS } from "../open_api/problem_details.ts";

const HEADERS = { "cache-control": "public, max-age=300", vary: "Accept" };

const PAGE_HEADERS = {
  ...HEADERS,
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
};

/** `GET /problems/{code}`: the target of a problem's `type`, HTML for people and JSON for programs. */
export function problemRoutes() {
  return new Elysia()
    .get(
      "/problems",
      ({ request }) => {
        const items = describeProblems();
        return answer(request, { items }, () => problemsPage(items));
      },
      { detail: PROBLEM_DETAILS.listProblems },
    )
    .get(
      "/problems/:code",
      ({ request, params }) => {
        const problem = describeProblem(params.code);
        if (!problem) throw pathNotFound();
        return answer(request, problem, () => problemPage(problem));
      },
      { detail: PROBLEM_DETAILS.describeProblem },
    );
}

function answer(request: Request, json: object, page: () => string): Response {
  return prefersHtml(request)
    ? new Response(page(), { headers: PAGE_HEADERS })
    : Response.json(json, { headers: HEADERS });
}

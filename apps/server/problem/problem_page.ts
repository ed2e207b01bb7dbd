import type { DescribedProblem } from "./problem_kinds.ts";

const STYLE =
  ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}th{text-align:left;vertical-align:top;padding-right:1rem}";

/** Returns the page of one problem. It loads nothing. */
export function problemPage(problem: DescribedProblem): string {
  const rows = [
    ["Code", `\`${problem.code}\``],
    ["Status", String(problem.status)],
    ["Meaning", problem.meaning],
    ["Usual cause", problem.cause],
    ["Remedy", problem.remedy],
    ["Try again", problem.retryable ? "Yes: the same request can succeed later." : "Not without a change."],
  ];
  const body = rows.map(([name = "", text = ""]) => `<tr><th>${name}</th><td>${html(text)}</td></tr>`);
  return page(problem.title, `<table>${body.join("")}</table><p><a href="../problems">All problems</a></p>`);
}

/** Returns the page that lists all problems. It loads nothing. */
export function problemsPage(problems: readonly DescribedProblem[]): string {
  const rows = problems.map(
    ({ code, status, title }) =>
      `<tr><td>${status}</td><td><a href="problems/${code}"><code>${code}</code></a></td><td>${html(title)}</td></tr>`,
  );
  const intro = "<p>Later versions may add codes. A program that does not know one goes by its status.</p>";
  return page("Problems", `${intro}<table>${rows.join("")}</table>`);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${html(title)} – ProgImage</title>
<style>${STYLE}</style>
<h1>${html(title)}</h1>
${body}
</html>
`;
}

/** The texts are our own: their only Markdown is code in backquotes. */
function html(text: string): string {
  return Bun.escapeHTML(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

import Negotiator from "negotiator";

/** Whether the caller prefers HTML to JSON, as browsers do. Answers that depend on it vary by `Accept`. */
export function prefersHtml({ headers }: Request): boolean {
  const negotiator = new Negotiator({ headers: { accept: headers.get("accept") ?? "*/*" } });
  return negotiator.mediaType(["application/json", "text/html"]) === "text/html";
}

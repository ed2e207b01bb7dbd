const STATUS_TITLES: Readonly<Record<number, string>> = {
  404: "There is nothing here",
  413: "Too many bytes",
};

/** A failure that the test server reports as a problem document. */
export class TestingProblem extends Error {
  readonly document: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, details: Readonly<Record<string, unknown>> = {}) {
    super(code);
    const type = `/problems/${code}`;
    const title = STATUS_TITLES[status] ?? "A problem";
    this.document = {
      type,
      title,
      status,
      detail: `Cannot do this: ${code}`,
      code,
      requestId: "request-1",
      ...details,
    };
  }

  response(headers: Readonly<Record<string, string>> = {}): Response {
    const init = {
      status: Number(this.document["status"]),
      headers: { ...headers, "content-type": "application/problem+json" },
    };
    return Response.json(this.document, init);
  }
}

import type { Job } from "../mod.ts";
import { TestingProblem } from "./testing_problem.ts";

/** Jobs of the test server. Each ends as soon as it begins; only URLs at port 1 fail. */
export class TestingJobs {
  readonly #url: string;
  readonly #jobs = new Map<string, { job: Job; sources: readonly object[]; asked: unknown }>();

  constructor(url: string) {
    this.#url = url;
  }

  async answer(request: Request, id: string, part: string): Promise<Response> {
    if (id === "" && request.method === "POST") return await this.#create(request);
    const all = [...this.#jobs.values()].map(({ job }) => job).toReversed();
    if (id === "") return Response.json({ items: all, next: null });
    const found = this.#jobs.get(id);
    if (!found) throw new TestingProblem(404, "job_not_found");
    const { job, sources } = found;
    switch (`${request.method} ${part}`) {
      case "GET items":
        return Response.json({ items: itemsOf(sources, request), next: null });
      case "GET events":
        return eventsOf(job, request.url.endsWith("?items=true") ? itemsOf(sources, request) : []);
      case "GET results.zip":
        return new Response(JSON.stringify(found.asked), { headers: { "content-type": "application/zip" } });
      case "POST retry":
        if (job.counts.failed === 0) throw new TestingProblem(409, "conflict");
        found.job = { ...job, attempt: job.attempt + 1 };
        break;
      case "POST cancel":
        found.job = { ...job, status: "cancelled" };
        return Response.json(found.job);
      case "DELETE ":
        this.#jobs.delete(id);
        return new Response(null, { status: 204 });
    }
    return Response.json(found.job, { status: request.method === "POST" ? 202 : 200 });
  }

  /** Answers with a job that has stored one file. */
  async import(request: Request): Promise<Response> {
    return this.#begin([{ exchange: "a.jpg" }], await request.json());
  }

  async #create(request: Request): Promise<Response> {
    const asked = (await request.json()) as { readonly select: object };
    const { ids = [], urls = [] } = asked.select as { ids?: readonly string[]; urls?: readonly string[] };
    return this.#begin([...ids.map((id) => ({ id })), ...urls.map((url) => ({ url }))], asked);
  }

  /** Starts a job for the files of a form, or for an archive with one file. */
  async answerUpload(request: Request): Promise<Response> {
    const isForm = request.headers.get("content-type")?.startsWith("multipart/");
    if (!isForm) return this.#begin([{ entry: `${(await request.bytes()).length}.png` }], null);
    const files = (await request.formData()).getAll("file") as readonly File[];
    return this.#begin(
      files.map(({ name }) => ({ upload: name })),
      null,
    );
  }

  #begin(sources: readonly object[], asked: unknown): Response {
    const failed = sources.filter(isLost).length;
    const id = Bun.randomUUIDv7();
    const href = `${this.#url}/jobs/${id}`;
    const job = {
      id,
      status: failed === 0 ? "succeeded" : failed === sources.length ? "failed" : "partially_failed",
      counts: { total: sources.length, succeeded: sources.length - failed, failed, cancelled: 0 },
      attempt: 1,
      href,
    };
    this.#jobs.set(id, { job: job as Job, sources, asked });
    return Response.json(job, { status: 202, headers: { location: href } });
  }
}

function isLost(source: object): boolean {
  return "url" in source && String(source.url).includes(":1/");
}

function itemsOf(sources: readonly object[], { url }: Request): readonly object[] {
  const status = new URL(url).searchParams.get("status");
  return sources
    .map((source, index) => ({
      index,
      source,
      status: isLost(source) ? "failed" : "succeeded",
      results: [],
      problem: isLost(source) ? { code: "source_unreachable", detail: "Cannot fetch" } : null,
    }))
    .filter((item) => status === null || item.status === status);
}

function eventsOf(job: Job, items: readonly object[]): Response {
  const running = { ...job, status: "running", counts: { ...job.counts, succeeded: 0 } };
  const text = [
    "retry: 1000\n\n",
    ...items.map(
      (item, index) => `id: ${job.attempt}.0;${index + 1}\nevent: item\ndata: ${JSON.stringify(item)}\n\n`,
    ),
    `id: ${job.attempt}.0\nevent: progress\ndata: ${JSON.stringify(running)}\n\n`,
    `id: ${job.attempt}.${job.counts.total}.end\nevent: end\ndata: ${JSON.stringify(job)}\n\n`,
  ];
  return new Response(text.join(""), { headers: { "content-type": "text/event-stream" } });
}

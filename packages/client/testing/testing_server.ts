import { type Image, type ImagePatch, ProgImage, type ProgImageOptions } from "../mod.ts";
import { patched, receiveImage, type TestingImage, testingPng } from "./testing_images.ts";
import { TestingJobs } from "./testing_jobs.ts";
import { TestingProblem } from "./testing_problem.ts";
import { readRecipe } from "./testing_recipe.ts";
import { isSaving, readService, typeOfResult } from "./testing_services.ts";

/** Options for {@linkcode testingServer}. */
export interface TestingServerOptions {
  /** The path of the API, such as `/media`. */
  readonly basePath?: string;
  readonly maxUploadBytes?: number;
  /** Answers instead of the server; receives the number of earlier requests. */
  readonly intercept?: (request: Request, before: number) => Response | Promise<Response> | undefined;
}

/** A listening server that behaves like the API, with images in memory. */
export interface TestingServer extends AsyncDisposable {
  readonly url: string;
  /** The requests so far: method, path with query, and headers. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly headers: Headers }[];
  /** Returns a client of this server. */
  client(options?: Partial<ProgImageOptions>): ProgImage;
}

const FLIP = {
  name: "flip",
  plugin: "@progimage/plugin-geometry",
  version: 1,
  summary: "Mirrors top to bottom",
  shorthand: null,
  examples: ["flip"],
  isOutput: false,
  params: { type: "object", properties: {} },
};

const ARCHIVE_REGEXP = /^application\/(?:x-tar|gzip|zip)$/;

const HERO = { name: "hero", version: 1, summary: "", recipe: "thumbnail=1200x630" };

/** Starts a test server on a free port. */
export function testingServer(options: TestingServerOptions = {}): TestingServer {
  const { basePath = "", maxUploadBytes = 2 ** 30, intercept } = options;
  const images = new Map<string, TestingImage>();
  const deleted = new Map<string, TestingImage>();
  const answers = new Map<string, Response>();
  const keyed = new Map<string, TestingItem>();
  const requests: { method: string; path: string; headers: Headers }[] = [];
  const server = Bun.serve({ port: 0, maxRequestBodySize: 2 ** 31, idleTimeout: 60, fetch: answer });
  const url = server.url.origin + basePath;
  const jobs = new TestingJobs(url);

  async function answer(request: Request): Promise<Response> {
    const path = request.url.slice(server.url.origin.length);
    requests.push({ method: request.method, path, headers: request.headers });
    const intercepted = await intercept?.(request, requests.length - 1);
    if (intercepted) return intercepted;
    if (!path.startsWith(basePath)) return new Response("Who are you?", { status: 404 });
    try {
      return await route(request, path.slice(basePath.length));
    } catch (error) {
      if (error instanceof TestingProblem) return error.response();
      throw error;
    }
  }

  async function route(request: Request, pathAndQuery: string): Promise<Response> {
    const [, path = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(pathAndQuery) ?? [];
    const [, root = "", file = "", part = ""] = path.split("/");
    const rootRoute = `${request.method} /${root}`;
    if (file === "" && rootRoute === "POST /images" && request.headers.get("prefer") === "respond-async")
      return await once(request, () => jobs.answerUpload(request));
    if (file === "" && rootRoute === "POST /images")
      return await once(request, () => upload(request, new URLSearchParams(query)));
    if (file === "" && rootRoute === "GET /images") return list(new URLSearchParams(query));
    if (root === "jobs") return await jobs.answer(request, file, part);
    if (`${rootRoute}/${file}` === "POST /images/batch") return await once(request, () => batch(request));
    if (`${rootRoute}/${file}` === "POST /images/bulk") return await bulk(request);
    if (`${rootRoute}/${file}` === "POST /images/import") return await jobs.import(request);
    if (`${rootRoute}/${file}` === "GET /images/count")
      return Response.json({ count: images.size, isExact: true });
    if (`${rootRoute}/${file}` === "GET /images/deleted") return listDeleted(new URLSearchParams(query));
    if (part === "restore") return info(restore(file));
    if (part === "erase") return erase(request, file);
    if (request.method === "POST") return await once(request, () => serve(request));
    if (rootRoute === "GET /presets") return Response.json({ items: [HERO] });
    if (rootRoute === "GET /healthz") return Response.json({ status: "ok" });
    if (rootRoute === "GET /transforms") {
      return Response.json({
        items: [FLIP],
      });
    }
    const [id = "", extension = null] = file.split(".");
    const found = images.get(id);
    if (!found) throw new TestingProblem(404, "image_not_found");
    if (request.method === "DELETE" && part === "derivatives") return purgeOne(found);
    if (request.method === "DELETE") return remove(found);
    if (request.method === "PATCH" && part === "info") return await update(request, found);
    return part === "info" ? info(found) : read(request, found, extension, query);
  }

  /** Returns the selected images, and one image that does not exist. */
  async function bulk(request: Request): Promise<Response> {
    const { action, select, patch } = (await request.json()) as {
      readonly action: string;
      readonly select: { readonly filter?: { readonly tag?: string }; readonly ids?: readonly string[] };
      readonly patch?: ImagePatch;
    };
    const { filter, ids } = select;
    if (action === "restore" && !ids) throw new TestingProblem(400, "invalid_parameter");
    const tag = filter?.tag;
    const selected = [...images.values()].filter(
      ({ image }) => tag === undefined || image.tags.includes(tag),
    );
    const items = (ids ?? selected.map(({ image }) => image.id)).map((id) => {
      if (action === "restore" && deleted.has(id)) return { id, status: 200, image: restore(id).image };
      if (action === "erase" && (images.delete(id) || deleted.delete(id))) return { id, status: 204 };
      const found = images.get(id);
      if (!found) return { id, status: 404, problem: new TestingProblem(404, "image_not_found").document };
      if (action === "restore")
        return { id, status: 404, problem: new TestingProblem(404, "image_not_found").document };
      if (action === "purge") return { id, status: purgeOne(found).status };
      if (action === "delete") return { id, status: remove(found).status };
      found.image = patched(found.image, patch);
      return { id, status: 200, image: found.image };
    });
    return lines(items);
  }

  function remove(found: TestingImage): Response {
    images.delete(found.image.id);
    deleted.set(found.image.id, found);
    return new Response(null, { status: 204 });
  }

  function restore(id: string): TestingImage {
    const found = deleted.get(id);
    if (!found) throw new TestingProblem(404, "image_not_found");
    deleted.delete(id);
    images.set(id, found);
    return found;
  }

  function erase(request: Request, id: string): Response {
    const found = images.get(id);
    const ifMatch = request.headers.get("if-match");
    if (found && ifMatch !== null && ifMatch !== `"${id}-${found.revision}"`)
      throw new TestingProblem(412, "precondition_failed");
    if (!images.delete(id) && !deleted.delete(id)) throw new TestingProblem(404, "image_not_found");
    return new Response(null, { status: 204 });
  }

  /** Lists deleted images, the most recently deleted first. */
  function listDeleted(query: URLSearchParams): Response {
    const start = Number(query.get("cursor") ?? 0);
    const end = start + Number(query.get("limit") ?? 50);
    const items = [...deleted.values()].toReversed().map(({ image }) => ({
      ...image,
      deletedAt: "2030-01-01T00:00:00.000Z",
      restorableUntil: "2030-01-08T00:00:00.000Z",
    }));
    return Response.json({ items: items.slice(start, end), next: end < items.length ? String(end) : null });
  }

  /** Returns the first response again for the same `Idempotency-Key`. */
  async function once(request: Request, run: () => Promise<Response>): Promise<Response> {
    const key = request.headers.get("idempotency-key");
    const known = key === null ? undefined : answers.get(key);
    const response = known ?? (await run());
    if (key !== null) answers.set(key, response.clone());
    return response.clone();
  }

  /** Answers a service with the request that it understood. A stored result has that request as its metadata. */
  async function serve(request: Request): Promise<Response> {
    const asked = await readService(request);
    if (!isSaving(asked)) return Response.json(asked, { headers: { "content-type": typeOfResult(asked) } });
    const fields = new URLSearchParams({ metadata: JSON.stringify(asked) });
    const outputs = asked.json?.["outputs"];
    if (!Array.isArray(outputs)) return Response.json(await storePng(fields), { status: 201 });
    return Response.json({ items: numbered([storedItem(await storePng(fields)), unreachable()]) });
  }

  function storePng(fields: URLSearchParams) {
    return store(new Blob([testingPng()]).stream(), "", fields);
  }

  async function uploadFrom(request: Request, fields: URLSearchParams): Promise<Response> {
    return itemAnswer(await fetchOne(await request.json(), fields));
  }

  /** Stores images at URLs, each under its own key. Tags that are a text make the whole request fail. */
  async function batch(request: Request): Promise<Response> {
    const { items, ...shared } = (await request.json()) as { readonly items: readonly Described[] };
    const wrong = items.findIndex(({ tags = [] }) => !Array.isArray(tags));
    if (wrong >= 0) throw new TestingProblem(400, "invalid_parameter", { parameter: `items/${wrong}/tags` });
    const stored: TestingItem[] = [];
    for (const { idempotencyKey = "", ...own } of items) {
      const known = keyed.get(idempotencyKey) ?? (await fetchOne({ ...shared, ...own }));
      if ("image" in known) keyed.set(idempotencyKey, known);
      stored.push(known);
    }
    return Response.json({ items: numbered(stored) }, { status: 207 });
  }

  /** Returns the same image for every URL; port 1 cannot be reached. */
  async function fetchOne(
    { url: address, name, tags = [], metadata = {} }: Described,
    fields = new URLSearchParams(),
  ): Promise<TestingItem> {
    for (const tag of tags) fields.append("tags", tag);
    fields.set("metadata", JSON.stringify(metadata));
    fields.set("name", String(name ?? "remote.png"));
    return address?.includes(":1/") ? unreachable() : storedItem(await storePng(fields));
  }

  async function upload(request: Request, fields: URLSearchParams): Promise<Response> {
    const type = request.headers.get("content-type") ?? "";
    if (type === "application/json") return await uploadFrom(request, fields);
    if (ARCHIVE_REGEXP.test(type)) return await unpack(request, type, fields);
    if (!type.startsWith("multipart/form-data;")) {
      return itemAnswer(storedItem(await store(request.body ?? new Blob([]).stream(), "", fields)));
    }
    const items: TestingItem[] = [];
    const form = (await request.formData()) as unknown as Iterable<readonly [string, File | string]>;
    for (const [name, value] of form) {
      if (typeof value === "string") fields.append(name, value);
      else items.push(await store(value.stream(), value.name, fields).then(storedItem, failedItem));
    }
    if (request.headers.get("accept") === "application/x-ndjson") return lines(numbered(items));
    const [only] = items;
    if (!only || items.length > 1) return Response.json({ items: numbered(items) });
    return itemAnswer(only);
  }

  /** Returns the content of any archive: one image, named after the archive's type, and one other file. */
  async function unpack(request: Request, type: string, fields: URLSearchParams): Promise<Response> {
    await request.arrayBuffer();
    const image = await store(new Blob([testingPng()]).stream(), type, fields);
    const problem = new TestingProblem(415, "unsupported_media").document;
    return lines(numbered([storedItem(image), { status: 415, name: "notes.txt", problem }]));
  }

  async function store(body: ReadableStream<Uint8Array>, name: string, fields: URLSearchParams) {
    const stored = await receiveImage(body, { limit: maxUploadBytes, name, fields, url });
    images.set(stored.image.id, stored);
    return stored.image;
  }

  function list(query: URLSearchParams): Response {
    const order = query.get("order") ?? "-createdAt";
    if (!/^-?(?:createdAt|updatedAt|name|bytes)$/.test(order))
      throw new TestingProblem(400, "invalid_parameter", { parameter: "order" });
    const key = order.replace("-", "") as "bytes" | "createdAt" | "name" | "updatedAt";
    const matching = [...images.values()]
      .map(({ image }) => image)
      .filter((image) => {
        const [prefix, after, before] = ["namePrefix", "createdFrom", "createdBefore"].map((name) =>
          query.get(name),
        );
        if (!query.getAll("tag").every((tag) => image.tags.includes(tag))) return false;
        if (prefix && !image.name?.startsWith(prefix)) return false;
        return (!after || image.createdAt >= after) && (!before || image.createdAt < before);
      });
    const valueOf = (image: Image) => image[key] ?? "";
    matching.sort((a, b) =>
      valueOf(a) < valueOf(b) ? -1 : valueOf(a) > valueOf(b) ? 1 : a.id < b.id ? -1 : 1,
    );
    if (order.startsWith("-")) matching.reverse();
    const start = Number(query.get("cursor") ?? 0);
    const end = start + Number(query.get("limit") ?? 50);
    return Response.json({
      items: matching.slice(start, end),
      next: end < matching.length ? String(end) : null,
    });
  }

  return {
    url,
    requests,
    client: (more = {}) => new ProgImage({ baseUrl: url, ...more }),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

function lines(items: readonly object[]): Response {
  const text = items.map((item) => `${JSON.stringify(item)}\n`).join("");
  return new Response(text, { headers: { "content-type": "application/x-ndjson" } });
}

/** An image at a URL, in JSON. */
interface Described {
  readonly url?: string;
  readonly idempotencyKey?: string;
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly metadata?: object;
}

type TestingItem = { status: 201; image: Image } | { status: number; problem: Record<string, unknown> };

function numbered(items: readonly (TestingItem & { readonly name?: string })[]): object[] {
  return items.map((item, index) => ({
    index,
    name: ("image" in item ? item.image.name : item.name) || null,
    ...item,
  }));
}

function itemAnswer(item: TestingItem): Response {
  if ("problem" in item) return Response.json(item.problem, { status: item.status });
  const { href, id } = item.image;
  return Response.json(item.image, { status: 201, headers: { location: href, etag: `"${id}-1"` } });
}

function storedItem(image: Image) {
  return { status: 201 as const, image };
}

function unreachable() {
  return {
    status: 502,
    problem: new TestingProblem(502, "source_unreachable", { retryable: false }).document,
  };
}

function failedItem(error: unknown) {
  if (!(error instanceof TestingProblem)) throw error;
  return { status: Number(error.document["status"]), problem: error.document };
}

function info({ image, revision }: TestingImage): Response {
  return Response.json(image, { headers: { etag: `"${image.id}-${revision}"` } });
}

function purgeOne(found: TestingImage): Response {
  const url = new URL(found.image.href);
  url.searchParams.set("v", String(Number(url.searchParams.get("v") ?? 0) + 1));
  found.image = { ...found.image, href: url.href };
  return new Response(null, { status: 204 });
}

async function update(request: Request, found: TestingImage): Promise<Response> {
  const ifMatch = request.headers.get("if-match");
  if (ifMatch !== null && ifMatch !== `"${found.image.id}-${found.revision}"`)
    throw new TestingProblem(412, "precondition_failed");
  if (request.headers.get("content-type") !== "application/merge-patch+json")
    throw new TestingProblem(400, "invalid_request");
  const patch = (await request.json()) as ImagePatch;
  const revision = ++found.revision;
  found.image = { ...patched(found.image, patch), revision, updatedAt: new Date().toISOString() };
  return info(found);
}

/** Returns the original, or the recipe as it was understood in place of pixels. */
function read(
  request: Request,
  { image, bytes }: TestingImage,
  extension: string | null,
  query: string,
): Response {
  const steps = readRecipe(query);
  const etag = `"${Bun.hash(image.sha256 + extension + query).toString(16)}"`;
  if (request.headers.get("if-none-match") === etag)
    return new Response(null, { status: 304, headers: { etag } });
  if (steps.length === 0 && extension === null)
    return new Response(bytes, { headers: { "content-type": "image/png", etag } });
  const type = extension === null || extension === "auto" ? "image/png" : `image/${extension}`;
  return new Response(JSON.stringify({ steps, extension }), { headers: { "content-type": type, etag } });
}

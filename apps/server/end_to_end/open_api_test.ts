import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";
import { startServer, type TestServer } from "./testing_server.ts";

/** The method names of generated clients: existing ids must not change. */
const OPERATIONS: Readonly<Record<string, string>> = {
  archiveImages: "POST /archives",
  bulkImages: "POST /images/bulk",
  cancelJob: "POST /jobs/{id}/cancel",
  checkHealth: "GET /healthz",
  checkReadiness: "GET /readyz",
  countImages: "GET /images/count",
  createJob: "POST /jobs",
  createKey: "POST /keys",
  createTenant: "POST /tenants",
  deleteImage: "DELETE /images/{id}",
  deleteJob: "DELETE /jobs/{id}",
  describeImage: "GET /images/{id}/info",
  describeJob: "GET /jobs/{id}",
  describePreset: "GET /presets/{name}",
  describeProblem: "GET /problems/{code}",
  describeServer: "GET /",
  describeTenant: "GET /tenants/{id}",
  describeUsage: "GET /usage",
  listWebhookSecrets: "GET /webhook-secrets",
  describeTransform: "GET /transforms/{name}",
  eraseImage: "POST /images/{id}/erase",
  explainRecipe: "POST /recipes",
  followJob: "GET /jobs/{id}/events",
  importImages: "POST /images/import",
  listDeletedImages: "GET /images/deleted",
  listImages: "GET /images",
  listJobItems: "GET /jobs/{id}/items",
  listJobs: "GET /jobs",
  listKeys: "GET /keys",
  listPresets: "GET /presets",
  listTenants: "GET /tenants",
  listProblems: "GET /problems",
  listTransforms: "GET /transforms",
  purgeImage: "DELETE /images/{id}/derivatives",
  purgeImages: "POST /purge",
  readImage: "GET /images/{id}",
  readJobResults: "GET /jobs/{id}/results.zip",
  removeTenant: "DELETE /tenants/{id}",
  render: "POST /render",
  renderImage: "GET /images/{id}.{ext}",
  resendWebhook: "POST /jobs/{id}/webhook",
  restoreImage: "POST /images/{id}/restore",
  retryJob: "POST /jobs/{id}/retry",
  revokeKey: "POST /keys/{id}/revoke",
  sign: "POST /sign",
  updateImage: "PATCH /images/{id}/info",
  updateImageItself: "PATCH /images/{id}",
  updateTenant: "PATCH /tenants/{id}",
  uploadBatch: "POST /images/batch",
  uploadImages: "POST /images",
};

interface Answer {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly description: string;
}

interface Described {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly schema?: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Members }>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Members {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
}

describe("the OpenAPI document", () => {
  let server: TestServer;
  let text: string;
  let operations: ReadonlyMap<string, Described>;
  let where: Readonly<Record<string, string>>;
  beforeAll(async () => {
    server = await startServer();
    text = await (await fetch(`${server.url}/swagger/json`)).text();
    const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Described>> };
    const placed = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
    );
    operations = new Map(placed.map(({ operation }) => [operation.operationId, operation]));
    expect(operations.size).toBe(placed.length);
    where = Object.fromEntries(
      placed.map(({ path, method, operation }) => [operation.operationId, `${method.toUpperCase()} ${path}`]),
    );
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("describes every operation under its id, and each transform's service", async () => {
    const services = (await server.client.transforms.list()).map(({ name }) => [
      `transform${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      `POST /transforms/${name}`,
    ]);
    expect(where).toEqual({ ...OPERATIONS, ...Object.fromEntries(services) });
  });

  test("is valid OpenAPI 3.1, with the URL of its server", async () => {
    const document = JSON.parse(text);
    const result = await new Validator().validate(document);
    expect([result.errors, result.valid]).toEqual([undefined, true]);
    expect(document).toMatchObject({
      openapi: "3.1.0",
      servers: [{ url: server.url }],
      info: { license: { identifier: "MIT" } },
      webhooks: { "job.ended": { post: { operationId: "hearJobEnded" } } },
    });
    expect(text).not.toContain('"nullable"');
  });

  test("passes the recommended rules of Redocly", async () => {
    const config = await createConfig({ extends: ["recommended"] });
    const problems = await lintFromString({ source: text, config });
    // The extension is part of the file name: for this rule, /images/{id}.{ext} looks like /images/{id}.
    expect(problems.map(({ ruleId }) => ruleId)).toEqual(["no-ambiguous-paths"]);
  });

  test("has signatures as evidence for what they open", () => {
    const isSigned = (id: string) => operations.get(id)?.security.some((each) => "signature" in each);
    const open = ["readImage", "renderImage", "listImages", "describeImage", "followJob", "uploadImages"];
    expect(open.map(isSigned)).toEqual(open.map(() => true));
    const shut = ["uploadBatch", "updateImage", "render", "createJob", "listKeys", "describeUsage", "sign"];
    expect(shut.map(isSigned)).toEqual(shut.map(() => false));
  });

  test("has the error statuses of each operation, with their codes", () => {
    const failures = (id: string) =>
      Object.keys(operations.get(id)?.responses ?? {}).filter((status) => /^[45]/.test(status));
    expect(failures("updateImage")).toEqual(
      expect.arrayContaining(["400", "403", "404", "412", "413", "415", "421", "503"]),
    );
    expect(failures("createJob")).toEqual(expect.arrayContaining(["422", "429", "501"]));
    expect(operations.get("updateImage")?.responses["412"]?.description).toStartWith(
      "`precondition_failed`:",
    );
    for (const [id, { responses }] of operations)
      expect([id, "default" in responses, "421" in responses]).toEqual([id, true, true]);
  });

  test("has the errors of unknown presets and transforms in JSON recipes", () => {
    for (const id of ["archiveImages", "createJob", "explainRecipe", "render"]) {
      const described = (status: string) => operations.get(id)?.responses[status]?.description;
      expect([id, described("404"), described("400")]).toEqual([
        id,
        expect.stringContaining("`preset_not_found`"),
        expect.stringContaining("`unknown_transform`"),
      ]);
    }
    expect(operations.get("explainRecipe")?.responses["422"]?.description).toContain("`too_many_pixels`");
    for (const id of ["render", "explainRecipe", "transformBlur"])
      expect(operations.get(id)?.responses["404"]?.description).toContain("`image_not_found`");
  });

  test("has the error of a URL that is too long", async () => {
    const { status, headers } = await fetch(`${server.url}/images?tag=${"a".repeat(20_000)}`);
    expect([status, headers.get("x-request-id")]).toEqual([431, null]);
    expect(operations.get("listImages")?.responses["431"]).toMatchObject({ headers: {} });
  });

  test("has the headers of answers", () => {
    const headers = (id: string, status: string) =>
      Object.keys(operations.get(id)?.responses[status]?.headers ?? {});
    expect(headers("renderImage", "200")).toEqual(expect.arrayContaining(["Cache-Control", "ETag", "Vary"]));
    expect(headers("uploadImages", "201")).toEqual(
      expect.arrayContaining(["Idempotent-Replayed", "Location"]),
    );
    expect(headers("listImages", "304")).toContain("ETag");
    expect(headers("createJob", "429")).toContain("Retry-After");
  });

  test("has the parameters of a transform in the JSON and the form of its service, and no others in JSON", () => {
    const content = operations.get("transformMedian")?.requestBody?.content;
    const json = content?.["application/json"]?.schema;
    expect(Object.keys(json?.properties ?? {})).toEqual(["size", "source", "format", "save"]);
    expect(json?.additionalProperties).toBe(false);
    const form = content?.["multipart/form-data"]?.schema.properties;
    expect(Object.keys(form ?? {})).toEqual(["size", "source", "format", "save", "image"]);
  });

  test("has the lengths and patterns of restricted texts", () => {
    const { schemas } = (JSON.parse(text) as { components: { schemas: Record<string, Members> } }).components;
    const pattern = (schema: string, member: string) => {
      const found = schemas[schema]?.properties?.[member] as { readonly pattern?: string };
      return new RegExp(found.pattern ?? "");
    };
    expect(schemas["PurgeRequest"]?.properties?.["tag"]).toMatchObject({ minLength: 1, maxLength: 128 });
    const labels = ["a b", "é", "a\nb", "\u007f"];
    expect(labels.filter((each) => pattern("JobRequest", "label").test(each))).toEqual(["a b", "é"]);
    const parameter = (id: string, name: string) =>
      operations.get(id)?.parameters?.find((each) => each.name === name)?.schema as {
        readonly pattern: string;
      };
    expect(parameter("listImages", "metadata.{key}")).toMatchObject({ minLength: 1, maxLength: 128 });
    const { pattern: point } = parameter("uploadImages", "focalPoint");
    expect(["0.5,0.3", "0,1", "0.5", "2,0"].filter((each) => new RegExp(point).test(each))).toEqual([
      "0.5,0.3",
      "0,1",
    ]);
    const names = ["hero-2", ".hero", "a/b", "é"];
    expect(names.filter((each) => pattern("OutputRequest", "name").test(each))).toEqual(["hero-2"]);
  });

  test("has steps, preset and format at the URLs of images", () => {
    const names = (id: string) => operations.get(id)?.parameters?.map(({ name }) => name);
    expect(names("readImage")).toEqual(expect.arrayContaining(["id", "resize", "preset", "format", "v"]));
    expect(names("renderImage")).toEqual(expect.arrayContaining(["ext", "resize", "preset", "download"]));
  });
});

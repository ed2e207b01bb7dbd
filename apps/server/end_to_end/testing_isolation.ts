import { join } from "node:path";
import { newImageId, newKeyText, SCOPES } from "@progimage/core";
import { testFolder, until } from "@progimage/core/testing";
import type { Own, Things } from "./testing_isolation_cases.ts";
import type { AskOptions, KeyedServer } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";
import type { RunningStack } from "./testing_stacks.ts";

/** A tenant with a key of all scopes that it can have. */
export interface TestTenant {
  readonly id: string;
  readonly host: string;
  readonly key: string;
}

/** A tenant with things, and a check that they are still its own. */
export interface Victim {
  readonly tenant: TestTenant;
  readonly things: Things;
  /** The bytes of its images. */
  readonly pictures: readonly Buffer[];
  /** Fails if another tenant has changed something. */
  readonly check: () => Promise<void>;
}

type Ask = KeyedServer["ask"];

/** Makes a tenant, unless it is the first one. */
export async function makeTenant(ask: Ask, admin: string, id: string): Promise<TestTenant> {
  const host = `${id || "first"}.example.com`;
  if (id !== "") await created(ask("/tenants", { key: admin, method: "POST", body: { id, hosts: [host] } }));
  const scopes = SCOPES.filter((scope) => scope !== "server");
  const body = { scopes, ...(id !== "" && { tenant: id }) };
  const { key } = await created<{ key: string }>(ask("/keys", { key: admin, method: "POST", body }));
  return { id, host, key };
}

/** Stores an image that a tenant uses in its requests. */
export async function makeOwn(
  ask: Ask,
  { key }: Pick<TestTenant, "key">,
  { seed, query = "" }: { readonly seed: number; readonly query?: string },
): Promise<Own> {
  const bytes = Uint8Array.from(await noise(seed));
  const { id } = await created<{ id: string }>(ask(`/images${query}`, { key, method: "POST", body: bytes }));
  return { image: id, bytes };
}

/** Stores something of each kind, and uses it. */
export async function makeVictim(
  { files }: Pick<RunningStack, "files">,
  ask: Ask,
  { tenant, seed }: { readonly tenant: TestTenant; readonly seed: number },
): Promise<Victim> {
  const { key } = tenant;
  const send = (path: string, method = "GET", more: AskOptions = {}) => ask(path, { key, method, ...more });
  const pictures = await Promise.all([0, 1, 2, 3].map((index) => noise(seed + index, 80, 60)));
  const text = `secret-${seed}`;
  const upload = async (index: number, query: string, headers: Readonly<Record<string, string>> = {}) => {
    const path = `/images?name=${text}-${index}.jpg&tags=${text}&metadata=${encodeURIComponent(`{"owner":"${text}"}`)}${query}`;
    return await created<{ id: string; sha256: string }>(
      send(path, "POST", { body: Uint8Array.from(pictures[index] ?? []), headers }),
    );
  };
  const idempotencyKey = `key-${seed}`;
  const image = await upload(0, "", { "idempotency-key": `${idempotencyKey}/images` });
  const hidden = await upload(1, "&private=true");
  const overlay = await upload(2, "");
  const deleted = await upload(3, "");
  await send(`/images/${deleted.id}`, "DELETE");
  const job = await finishedJob(send, {
    select: { ids: [image.id, hidden.id] },
    outputs: [{ name: text, format: "webp" }],
    deliver: "archive",
    label: text,
  });
  // Answers are remembered now, and rendered images are kept.
  for (let times = 0; times < 2; times++)
    for (const id of [image.id, hidden.id])
      for (const path of [`/images/${id}`, `/images/${id}.webp?resize=10x`]) await (await send(path)).bytes();
  const spare = await created<{ id: string; key: string }>(
    send("/keys", "POST", { body: { scopes: ["images:read"] } }),
  );
  const folder = tenant.id === "" ? `${text}/` : `${tenant.id}/${text}/`;
  await using place = await testFolder();
  await Bun.write(join(place.path, "file"), pictures[0] ?? "");
  await files.put(`${folder}file.jpg`, join(place.path, "file"));
  const { url } = (await (
    await send("/sign", "POST", { body: { url: `/images/${overlay.id}` } })
  ).json()) as { readonly url: string };
  const things = {
    image: image.id,
    privateImage: hidden.id,
    deleted: deleted.id,
    overlay: overlay.id,
    job,
    key: spare.id,
    tenant: tenant.id,
    sha256: image.sha256,
    tag: text,
    name: text,
    idempotencyKey,
    folder,
    cursors: cursorsOf(image.id, spare.id),
    signature: new URL(url, "http://localhost").search.slice(1),
  };
  const facts = async () => {
    const paths = [
      `/images/${image.id}/info`,
      `/images/${hidden.id}/info`,
      `/images/${overlay.id}/info`,
      `/images/${deleted.id}/info`,
      `/images/${image.id}`,
      `/images/${hidden.id}`,
      `/jobs/${job}`,
      "/images",
      "/images/deleted",
      "/jobs",
    ];
    const names = await files.list(folder, { limit: 10, after: null });
    const answers = await Promise.all(
      paths.map(async (path) => {
        const response = await send(path);
        const bytes = await response.bytes();
        // Problems have ids of their own.
        return `${path} ${response.status} ${response.ok ? Bun.hash(bytes) : ""}`;
      }),
    );
    return [...answers, `files ${names.join(" ")}`];
  };
  const before = await facts();
  return {
    tenant,
    things,
    pictures,
    check: async () => {
      const changed = (await facts()).filter((fact, index) => fact !== before[index]);
      if (changed.length > 0) throw new Error(`Another caller changed ${changed.join(", ")}`);
      if (!(await ask("/images", { key: spare.key })).ok) throw new Error("Another caller revoked a key");
      const again = await send(`/images/${image.id}.webp?resize=10x`);
      await again.bytes();
      if (!again.headers.get("server-timing")?.startsWith("hit"))
        throw new Error(`Another caller discarded a render: ${again.headers.get("server-timing")}`);
    },
  };
}

/** Returns names of the same kinds that never existed. */
export function missingThings(seed: number): Things {
  const image = newImageId(Date.now());
  const key = newKeyText().id;
  const text = `absent-${seed}`;
  return {
    image,
    privateImage: newImageId(Date.now()),
    deleted: newImageId(Date.now()),
    overlay: newImageId(Date.now()),
    job: newImageId(Date.now()),
    key,
    tenant: "zz",
    sha256: new Bun.CryptoHasher("sha256").update(text).digest("hex"),
    tag: text,
    name: text,
    idempotencyKey: `absent-key-${seed}`,
    folder: `zz/${text}/`,
    cursors: cursorsOf(image, key),
    signature: `exp=${Math.floor(Date.now() / 1000) + 600}&kid=${key}&sig=${"A".repeat(43)}`,
  };
}

function cursorsOf(image: string, key: string): Things["cursors"] {
  const cursor = (order: string, id: string) =>
    Buffer.from(JSON.stringify([order, Date.now(), id])).toString("base64url");
  return {
    deleted: cursor("deletedAt", image),
    images: cursor("createdAt", image),
    jobs: cursor("createdAt", image),
    keys: cursor("createdAt", key),
  };
}

type Send = (path: string, method?: string, more?: AskOptions) => Promise<Response>;

/** Makes a job, and returns its id when it has ended. */
async function finishedJob(send: Send, body: object): Promise<string> {
  const { id } = await created<{ id: string }>(send("/jobs", "POST", { body }));
  await until("the job has ended", async () => {
    const job = (await (await send(`/jobs/${id}`)).json()) as { readonly finishedAt: string | null };
    return job.finishedAt !== null || job;
  });
  return id;
}

async function created<Json>(asked: Promise<Response>): Promise<Json> {
  const response = await asked;
  const text = await response.text();
  if (response.status !== 201 && response.status !== 202) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text) as Json;
}

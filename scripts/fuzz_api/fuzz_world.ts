import { join } from "node:path";
import { tarOf, zipOf } from "../../apps/server/end_to_end/testing_archives.ts";
import { type KeyedServer, startKeyed } from "../../apps/server/end_to_end/testing_keys.ts";
import { noise, twoColours } from "../../apps/server/end_to_end/testing_pictures.ts";

/** Real values for requests, which hooks.py reads as JSON. */
export interface FuzzWorld {
  readonly url: string;
  /** A key with all scopes. */
  readonly key: string;
  /** A URL that serves a picture and accepts webhooks. */
  readonly elsewhere: string;
  /** The ids of stored images. */
  readonly images: readonly string[];
  /** The id that the recipes contain. */
  readonly firstImage: string;
  /** An id of no image. */
  readonly missing: string;
  /** The ids of jobs, which hooks.py creates. */
  readonly jobs: readonly string[];
  /** The id of a tenant. */
  readonly tenant: string;
  readonly presets: readonly string[];
  /** The codes of problems. */
  readonly codes: readonly string[];
  /** Steps as queries write them, such as `blur=4`, by the names of transforms. */
  readonly steps: Readonly<Record<string, readonly string[]>>;
  readonly jsonSteps: readonly object[];
  /** The bytes of images, in hexadecimal digits. */
  readonly pictures: readonly string[];
  /** The bytes of archives, in hexadecimal digits, by the second part of their media type. */
  readonly archives: Readonly<Record<string, string>>;
}

const TENANT = "acme";

const PRESETS = join(import.meta.dir, "../../apps/server/end_to_end/testing_presets.json");

/** Starts a server in mode `keys` with all features in its own folder, and stores a few images in it. */
export async function startFuzzWorld(folder: string): Promise<FuzzWorld & AsyncDisposable> {
  await using started = new AsyncDisposableStack();
  const pictures = await Promise.all([twoColours(), noise(1), noise(2, 120, 90)]);
  const host = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ method }) => new Response(method === "GET" ? new Uint8Array(pictures[0] ?? []) : null),
  });
  started.defer(() => host.stop(true));
  const exchange = join(folder, "exchange");
  await Bun.write(join(exchange, "album/one.png"), pictures[0] ?? "");
  const keyed = await startKeyed({
    settings: {
      PROGIMAGE_PRESETS: PRESETS,
      PROGIMAGE_METADATA_KEYS: "sku",
      PROGIMAGE_EXCHANGE_DIR: exchange,
      PROGIMAGE_FETCH_ALLOW_HOSTS: `127.0.0.1:${host.port}`,
      PROGIMAGE_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 7).toString("base64")}`,
      PROGIMAGE_LOG_LEVEL: "warn",
    },
  });
  started.use(keyed);
  const { url } = keyed.server;
  const ids: string[] = [];
  for (const picture of pictures) ids.push(await keyed.upload(picture));
  await json(keyed, "/tenants", { id: TENANT });
  const files = pictures.map((bytes, index) => ({ name: `${index}.png`, bytes: new Uint8Array(bytes) }));
  const tar = await tarOf(files);
  const world: FuzzWorld = {
    url,
    key: keyed.admin,
    elsewhere: `http://127.0.0.1:${host.port}/picture.png`,
    images: ids,
    firstImage: ids[0] ?? "",
    missing: Bun.randomUUIDv7(),
    jobs: [],
    tenant: TENANT,
    ...(await catalogue(keyed, ids)),
    pictures: pictures.map(hex),
    archives: { "x-tar": hex(tar), gzip: hex(Bun.gzipSync(tar)), zip: hex(zipOf(files)) },
  };
  const running = started.move();
  return { ...world, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Reads the features of the server from its own catalogues. */
async function catalogue(keyed: KeyedServer, ids: readonly string[]) {
  const transforms = await json<{ items: { name: string; examples: string[] }[] }>(keyed, "/transforms");
  const problems = await json<{ items: { code: string }[] }>(keyed, "/problems");
  // Files of a request, such as @logo, need a form.
  const steps = Object.fromEntries(
    transforms.items.map(({ name, examples }) => {
      const own = examples.filter((each) => new RegExp(`^${name}\\b[^&]*$`).test(each));
      return [name, own.map((each) => each.replaceAll(/@\w+/g, ids[0] ?? ""))];
    }),
  );
  const explained = await Promise.all(
    Object.values(steps)
      .flat()
      .map((recipe) => json<{ steps: object[] }>(keyed, "/recipes", { recipe })),
  );
  return {
    steps,
    jsonSteps: explained.flatMap((each) => each.steps),
    presets: ["small", "small@2"],
    codes: problems.items.map(({ code }) => code),
  };
}

async function json<Answer>({ admin: key, ask }: KeyedServer, path: string, body?: object): Promise<Answer> {
  const response = await ask(path, { key, ...(body && { method: "POST", body }) });
  if (!response.ok) throw new Error(`Cannot prepare ${path}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

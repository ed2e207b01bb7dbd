import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { newKeyText, writeKeyText } from "@progimage/core";
import { testFolder } from "@progimage/core/testing";
import {
  makeOwn,
  makeTenant,
  makeVictim,
  missingThings,
  type TestTenant,
  type Victim,
} from "./testing_isolation.ts";
import { type Attempt, bodyOf, faultOf, outcomeOf, type Sender } from "./testing_isolation_outcomes.ts";
import { casesOf, type Operation, type Own, pathSpellings, type Things } from "./testing_isolation_cases.ts";
import { askerOf, type AskOptions, type KeyedServer, SECRET, startKeyed } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";
import { findStacks, type RunningStack } from "./testing_stacks.ts";
import { WEBHOOK_SECRET } from "./testing_webhooks.ts";

const ADMIN = writeKeyText(newKeyText());
const SETTINGS = {
  PROGIMAGE_ACCESS: "keys",
  PROGIMAGE_ADMIN_KEY: ADMIN,
  PROGIMAGE_ALLOWED_HOSTS: "*",
  PROGIMAGE_DELIVERY: "public",
  PROGIMAGE_METADATA_KEYS: "owner",
  PROGIMAGE_SECRET: SECRET,
  PROGIMAGE_WEBHOOK_SECRET: WEBHOOK_SECRET,
  PROGIMAGE_STRANGER_REQUESTS: "0",
  PROGIMAGE_STRANGER_RENDER_MS: "0",
  PROGIMAGE_PRESETS: `${import.meta.dir}/testing_presets.json`,
};

/** The operations whose answers to unknown names are lists, refusals or new things. */
const WITHOUT_404: readonly string[] = [
  "archiveImages",
  "bulkImages",
  "checkHealth",
  "checkReadiness",
  "countImages",
  "createJob",
  "createKey",
  "createTenant",
  "describePreset",
  "describeProblem",
  "describeServer",
  "describeTenant",
  "describeTransform",
  "describeUsage",
  "importImages",
  "listDeletedImages",
  "listImages",
  "listJobs",
  "listKeys",
  "listPresets",
  "listProblems",
  "listTenants",
  "listTransforms",
  "listWebhookSecrets",
  "purgeImages",
  "removeTenant",
  "sign",
  "updateTenant",
  "uploadBatch",
  "uploadImages",
];

/** An operation with its method and path. */
interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

async function operationsOf(ask: KeyedServer["ask"]): Promise<readonly Placed[]> {
  const { paths } = (await (await ask("/swagger/json")).json()) as {
    readonly paths: Record<string, Record<string, Operation>>;
  };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

for (const { name, start } of await findStacks()) {
  describe.skipIf(!start)(`operations on ${name}`, () => {
    let stack: RunningStack;
    let ask: KeyedServer["ask"];
    let operations: readonly Placed[];
    let first: TestTenant;
    let thief: TestTenant;
    let owns: Readonly<Record<string, Own>>;
    let victims: Readonly<Record<"first" | "other", Victim & Pick<Attempt, "own">>>;

    beforeAll(async () => {
      if (!start) return;
      stack = await start(SETTINGS);
      ask = askerOf(stack.server.url);
      operations = await operationsOf(ask);
      first = await makeTenant(ask, ADMIN, "");
      thief = await makeTenant(ask, ADMIN, "b");
      const other = await makeTenant(ask, ADMIN, "a");
      const own = await makeOwn(ask, first, { seed: 1 });
      const otherOwn = await makeOwn(ask, other, { seed: 3 });
      owns = { "": own, b: await makeOwn(ask, thief, { seed: 2 }) };
      victims = {
        first: { ...(await makeVictim(stack, ask, { tenant: first, seed: 100 })), own },
        other: {
          ...(await makeVictim(stack, ask, { tenant: other, seed: 200 })),
          own: otherOwn,
        },
      };
    });
    afterAll(async () => await stack?.[Symbol.asyncDispose]());

    for (const whose of ["first", "other"] as const) {
      test(`answer other tenants as for ids that never existed, with ids of the ${whose} tenant`, async () => {
        const victim = victims[whose];
        const thieves = whose === "other" ? [thief, first] : [thief];
        for (const { host, id, key } of thieves) {
          const own = owns[id] as Own;
          // The first tenant has the whole exchange.
          const { folder } = id === "" ? missingThings(0) : victim.things;
          const things = { ...victim.things, folder };
          const without404 = await expectNoHoles({ key }, { victim: { ...victim, things }, own });
          expect(without404).toEqual(WITHOUT_404);
          if (id !== "") await expectNoHoles({ headers: { host } }, { victim, own });
        }
        await victim.check();
      });

      test(`tell strangers nothing of private and deleted images of the ${whose} tenant`, async () => {
        const victim = victims[whose];
        const { host, id } = victim.tenant;
        const { deleted, privateImage } = victim.things;
        // Strangers get the other images.
        const things = { ...victim.things, image: deleted, overlay: privateImage };
        const headers: Readonly<Record<string, string>> = id === "" ? {} : { host };
        await expectNoHoles({ headers }, { victim: { ...victim, things }, own: victim.own });
        await victim.check();
      });
    }

    test("give a remembered answer to no other tenant and no stranger", async () => {
      const { tenant: owner, things } = victims.other;
      await expectKept(ask, { owner, other: thief, id: things.privateImage, connections: 1 });
    });

    test("open nothing of another tenant by a URL that a tenant signs", async () => {
      const missing = missingThings((counter += 1));
      const { image: ownImage } = owns["b"] as Own;
      const signable = ({ deleted, image, job, overlay, privateImage }: Things) => [
        `/images/${image}`,
        `/images/${privateImage}.webp?resize=10x`,
        `/images/${deleted}`,
        `/images/${image}/info`,
        `/images/${ownImage}.png?watermark=${overlay}`,
        `/jobs/${job}`,
        `/jobs/${job}/items`,
        `/jobs/${job}/events`,
        `/jobs/${job}/results.zip`,
      ];
      const open = async (path: string) => {
        const signed = await ask("/sign", { key: thief.key, method: "POST", body: { url: path } });
        const { url } = (await signed.json()) as { readonly url: string };
        return await outcomeOf(ask, {}, { path: url.replace(/^https?:\/\/[^/]+/, "") });
      };
      for (const { things } of Object.values(victims))
        for (const [index, path] of signable(things).entries()) {
          const { status, text } = await open(path);
          const expected = await open(signable(missing)[index] ?? "");
          expect([path, status, text]).toEqual([path, expected.status, expected.text]);
          expect([path, status]).toEqual([path, path.includes("watermark") ? 400 : 404]);
        }
    });

    test("need the same right by a path in another spelling", async () => {
      const body = { scopes: ["exchange"], tenant: "a" };
      const made = await ask("/keys", { key: ADMIN, method: "POST", body });
      const { key } = (await made.json()) as { readonly key: string };
      const { check, tenant, things } = victims.other;
      const asked = operations.flatMap(({ method, path, operation }) => {
        const isFree = operation.security?.length === 0 || operation.operationId === "importImages";
        if (isFree) return [];
        const filled = path
          .replace("{id}", path.startsWith("/jobs") ? things.job : things.privateImage)
          .replace("{ext}", "webp")
          .replaceAll(/\{\w+\}/g, "small");
        return pathSpellings(filled).flatMap((spelling) =>
          (method === "GET" ? ["GET", "HEAD"] : [method]).flatMap((each) => [
            { path: spelling, method: each, key },
            { path: spelling, method: each, headers: { host: tenant.host } },
          ]),
        );
      });
      const opened: string[] = [];
      await inTurns(asked, async ({ path, ...options }) => {
        const response = await ask(path, options);
        await response.bytes();
        if (![400, 401, 403, 404, 405].includes(response.status))
          opened.push(`${options.method} ${path} ${response.status}`);
      });
      expect(opened).toEqual([]);
      await check();
    });

    test("share nothing that two tenants have stored alike", async () => {
      const { check, pictures, things } = victims.other;
      const { key } = thief;
      const store = async (picture: Uint8Array) => {
        const body = Uint8Array.from(picture);
        const response = await ask("/images", { key, method: "POST", body });
        return { status: response.status, image: (await response.json()) as { readonly id: string } };
      };
      await expectImported(pictures[0] ?? new Uint8Array());
      const same = await store(pictures[0] ?? new Uint8Array());
      const different = await store(await noise(77));
      expect([same.status, Object.keys(same.image)]).toEqual([201, Object.keys(different.image)]);
      expect(same.image.id).not.toBe(things.image);
      const render = await ask(`/images/${same.image.id}.webp?resize=10x`, { key });
      await render.bytes();
      expect(render.headers.get("server-timing")).not.toStartWith("hit");
      const erased = await ask(`/images/${same.image.id}/erase`, { key, method: "POST" });
      expect(erased.status).toBe(204);
      await check();
    });

    /** Imports bytes as a tenant to whom they are new. */
    async function expectImported(bytes: Uint8Array): Promise<void> {
      await using folder = await testFolder();
      const place = join(folder.path, "file");
      await Bun.write(place, bytes);
      await stack.files.put(`${thief.id}/new/file.jpg`, place);
      const body = { select: { exchange: { prefix: "new/" } }, onlyNew: true };
      const asked = { path: "/images/import", method: "POST", body };
      const { whole } = await outcomeOf(ask, { key: thief.key }, asked);
      expect(whole).toContain('"status":"succeeded"');
      const listed = await ask("/images?namePrefix=file", { key: thief.key });
      expect(await listed.json()).toMatchObject({ items: [{ name: "file.jpg" }] });
    }

    /** Compares the answers to a caller with those to ids that never existed. Returns the operations that never answered 404. */
    async function expectNoHoles(sender: Sender, { victim, own }: Attempt): Promise<readonly string[]> {
      const missing = missingThings((counter += 1));
      const pairs = operations.flatMap(({ path, operation }) => {
        const cases = casesOf(path, operation);
        const absent = cases(missing, own);
        return cases(victim.things, own).map((each, index) => {
          const { operationId } = operation;
          return { operationId, each, twin: absent[index] ?? each };
        });
      });
      const found: string[] = [];
      const outcomes = new Map<string, Set<number>>();
      const look = async ({ operationId, each, twin }: (typeof pairs)[number]) => {
        const [expected, outcome] = await Promise.all([
          outcomeOf(ask, sender, twin),
          outcomeOf(ask, sender, each),
        ]);
        outcomes.set(operationId, (outcomes.get(operationId) ?? new Set()).add(expected.status));
        const fault = faultOf({ victim, each, outcome, expected });
        if (fault !== null)
          found.push(`${operationId}: ${each.method ?? "GET"} ${each.path} ${bodyOf(each)} ${fault}`);
      };
      // Later, its lists have jobs in which it has named the other's images.
      for (const isOwn of [true, false]) {
        const asked = pairs.filter(({ each }) => (each.isOwn ?? false) === isOwn);
        await inTurns(asked, look);
      }
      expect(found.join("\n\n")).toBe("");
      return [...outcomes].flatMap(([id, statuses]) => (statuses.has(404) ? [] : id)).toSorted();
    }
  });
}

test("two HTTP processes give a remembered answer to no other tenant and no stranger", async () => {
  const settings = { ...SETTINGS, PROGIMAGE_HTTP_PROCESSES: "2" };
  await using keyed = await startKeyed({ settings });
  const { ask } = keyed;
  const owner = await makeTenant(ask, ADMIN, "a");
  const other = await makeTenant(ask, ADMIN, "b");
  const { image: id } = await makeOwn(ask, owner, { seed: 5, query: "?private=true" });
  await expectKept(ask, { owner, other, id, connections: 6 });
});

test("a preset with an image of the first tenant gives it to no other tenant", async () => {
  await using folder = await testFolder();
  const dataDir = join(folder.path, "data");
  const presets = join(folder.path, "presets.json");
  const begin = async (settings: Readonly<Record<string, string>>) =>
    await startKeyed({ dataDir, settings: { ...SETTINGS, ...settings } });
  let logo = "";
  {
    await using keyed = await begin({});
    logo = (await makeOwn(keyed.ask, { key: ADMIN }, { seed: 6, query: "?private=true" })).image;
  }
  const marked = (image: string) => ({ steps: [{ transform: "watermark", image }], format: "png" });
  const absent = missingThings(1).overlay;
  await Bun.write(presets, JSON.stringify({ marked: marked(logo), absent: marked(absent) }));
  await using keyed = await begin({ PROGIMAGE_PRESETS: presets });
  const { ask } = keyed;
  const other = await makeTenant(ask, ADMIN, "b");
  const { image: mine } = await makeOwn(ask, { key: ADMIN }, { seed: 7 });
  const { image: theirs } = await makeOwn(ask, other, { seed: 8 });
  const own = await outcomeOf(ask, {}, { path: `/images/${mine}.png?preset=marked` });
  expect(own.status).toBe(200);
  const asked = (preset: string) => [
    { path: `/images/${theirs}.png?preset=${preset}` },
    { path: "/render", method: "POST", body: { source: theirs, preset } },
    { path: "/archives", method: "POST", body: { select: { ids: [theirs] }, container: "tar", preset } },
    {
      path: "/jobs",
      method: "POST",
      body: { select: { ids: [theirs] }, outputs: [{ preset }], deliver: "archive" },
    },
    { path: `/images/${mine}.png?preset=${preset}` },
  ];
  const twins = asked("absent");
  for (const [index, each] of asked("marked").entries()) {
    const [outcome, expected] = await Promise.all(
      [each, twins[index] ?? each].map((one) => outcomeOf(ask, { key: other.key }, one)),
    );
    expect([each.path, outcome?.status, outcome?.text]).toEqual([
      each.path,
      expected?.status,
      expected?.text,
    ]);
    expect([each.path, outcome?.whole]).not.toEqual([
      each.path,
      expect.stringContaining('"status":"succeeded"'),
    ]);
  }
});

interface KeptImage {
  readonly owner: TestTenant;
  readonly other: TestTenant;
  /** The id of a private image. */
  readonly id: string;
  /** Several, so that all processes take some. */
  readonly connections: number;
}

/** Fails if others get what the owner of an image has got. */
async function expectKept(ask: KeyedServer["ask"], kept: KeptImage): Promise<void> {
  const { connections, id, other, owner } = kept;
  for (const path of [`/images/${id}`, `/images/${id}.webp?resize=10x`]) {
    await answers(path, { key: owner.key });
    const [first] = await answers(path, { key: owner.key });
    expect(first?.status).toBe(200);
    const kinds: readonly AskOptions[] = [
      {},
      { method: "HEAD" },
      { headers: { range: "bytes=0-9" } },
      { headers: { "if-none-match": first?.etag ?? "" } },
      { headers: { "if-none-match": "*" } },
    ];
    for (const kind of kinds)
      for (const sender of [{ key: other.key }, {}, { headers: { host: owner.host } }]) {
        const headers = { ...kind.headers, ...sender.headers };
        for (const answer of await answers(path, { ...kind, ...sender, headers }))
          expect(answer).toEqual({ status: 404, etag: null, timing: null });
      }
  }

  async function answers(path: string, options: AskOptions) {
    const headers = { ...options.headers, connection: "close" };
    return await Promise.all(
      Array.from({ length: connections }, async () => {
        const response = await ask(path, { ...options, headers });
        await response.bytes();
        const etag = response.headers.get("etag");
        return { status: response.status, etag, timing: response.headers.get("server-timing") };
      }),
    );
  }
}

let counter = 1_000;

/** The number of requests at a time. */
const AT_A_TIME = 6;

async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}

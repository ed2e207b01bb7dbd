import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { newKeyText, writeKeyText } from "@progimage/core";
import {
  makeOwn,
  makeTenant,
  makeVictim,
  missingThings,
  outcomeOf,
  type Outcome,
  type Sender,
  type TestTenant,
  type Victim,
} from "./testing_isolation.ts";
import { type Case, casesOf, type Operation, type Own } from "./testing_isolation_cases.ts";
import { askerOf, type AskOptions, type KeyedServer, startKeyed } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";
import { findStacks, type RunningStack } from "./testing_stacks.ts";
import { WEBHOOK_SECRET } from "./testing_webhooks.ts";

const ADMIN = writeKeyText(newKeyText());
const SETTINGS = {
  PROGIMAGE_ACCESS: "keys",
  PROGIMAGE_ADMIN_KEY: ADMIN,
  PROGIMAGE_ALLOWED_HOSTS: "*",
  PROGIMAGE_DELIVERY: "public",
  PROGIMAGE_SECRET: "isolation ".repeat(4),
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
  "importImages",
  "listDeletedImages",
  "listImages",
  "listJobs",
  "listKeys",
  "listPresets",
  "listProblems",
  "listTenants",
  "listTransforms",
  "purgeImages",
  "removeTenant",
  "sign",
  "updateTenant",
  "uploadBatch",
  "uploadImages",
];

/** An operation with its path. */
interface Placed {
  readonly path: string;
  readonly operation: Operation;
}

async function operationsOf(ask: KeyedServer["ask"]): Promise<readonly Placed[]> {
  const { paths } = (await (await ask("/swagger/json")).json()) as {
    readonly paths: Record<string, Record<string, Operation>>;
  };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.values(item).map((operation) => ({ path, operation })),
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
      const own = await makeOwn(ask, first, 1);
      const otherOwn = await makeOwn(ask, other, 3);
      owns = { "": own, b: await makeOwn(ask, thief, 2) };
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

    test("share nothing that two tenants have stored alike", async () => {
      const { check, pictures, things } = victims.other;
      const { key } = thief;
      const store = async (picture: Uint8Array) => {
        const body = Uint8Array.from(picture);
        const response = await ask("/images", { key, method: "POST", body });
        return { status: response.status, image: (await response.json()) as { readonly id: string } };
      };
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
  const body = Uint8Array.from(await noise(5));
  const upload = { key: owner.key, method: "POST", body };
  const { id } = (await (await ask("/images?private=true", upload)).json()) as { readonly id: string };
  await expectKept(ask, { owner, other, id, connections: 6 });
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

interface Attempt {
  readonly victim: Pick<Victim, "pictures" | "things">;
  readonly own: Own;
}

interface Comparison extends Pick<Attempt, "victim"> {
  readonly each: Case;
  readonly outcome: Outcome;
  readonly expected: Outcome;
}

/** Returns what an answer tells of another tenant; `null` if nothing. */
function faultOf({ victim, each, outcome, expected }: Comparison): string | null {
  const { isOwn = false } = each;
  if (outcome.status !== expected.status || (!isOwn && outcome.text !== expected.text))
    return `answered ${shownOf(outcome)}\ninstead of ${shownOf(expected)}`;
  const secret = secretsIn(victim, each).find((text) => outcome.whole.includes(text));
  if (secret !== undefined) return `has ${JSON.stringify(secret.slice(0, 40))}`;
  return !isOwn && outcome.timing.startsWith("hit") ? "was a hit" : null;
}

function shownOf({ status, text }: Outcome): string {
  return `${status} ${text.slice(0, 1_000).replaceAll(/[^\n -~]/g, ".")}`;
}

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

function bodyOf({ body }: Case): string {
  if (body instanceof Uint8Array) return "bytes";
  return body instanceof FormData ? [...body.entries()].join(" ") : JSON.stringify(body ?? "");
}

/** Returns the texts of a victim that an answer must not have, because the request does not have them. */
function secretsIn({ pictures, things }: Attempt["victim"], asked: Case): readonly string[] {
  const { cursors: _cursors, folder: _folder, signature: _signature, tenant: _tenant, ...names } = things;
  const sent = `${asked.path} ${bodyOf(asked)}`.toLowerCase();
  const bytes = pictures.map((picture) => picture.subarray(-80, -16).toString("latin1"));
  return [...Object.values(names), ...bytes].filter((text) => !sent.includes(text.toLowerCase()));
}

import { expect, test } from "bun:test";
import { hashSecret, newKeyText, writeKeyText } from "@progimage/core";
import { MemoryKeyRecords, MemoryTables, MemoryTenantRecords } from "@progimage/core/adapters";
import { keyFixture } from "@progimage/core/testing";
import { STRANGER } from "./caller.ts";
import { createDoor } from "./door.ts";
import { createKeyRecogniser } from "./key/bearer_key.ts";
import { RecentKeys } from "./key/recent_keys.ts";
import { createRateRule } from "./rate/rate_rule.ts";
import { RecentTenants } from "./recent_tenants.ts";
import { createTenantDoor } from "./tenant_door.ts";

const RATE = 50;
const FLOOD = 1_000;

const SETTINGS = {
  access: "keys",
  allowedHosts: ["*"],
  corsOrigins: [],
  host: "127.0.0.1",
  port: 3000,
  publicUrl: "",
} as const;

const RATES = {
  access: "keys",
  httpProcesses: 1,
  rateBurstSeconds: 60,
  strangerRequests: RATE,
  strangerRendering: 0,
  keyRequests: 0,
  keyRendering: 0,
  tenantRequests: 0,
  tenantRendering: 0,
};

interface Asked {
  readonly key?: string;
  readonly address?: string;
  readonly host?: string;
  readonly path?: string;
}

/** A door with rates, in front of records that count their reads. */
function makeDoor() {
  const tables = new MemoryTables();
  const [keys, tenants] = [new MemoryKeyRecords(tables), new MemoryTenantRecords(tables)];
  const state = { elapsed: 0, reads: 0 };
  const counted = <T>(read: Promise<T>): Promise<T> => (state.reads++, read);
  const directory = new RecentKeys(
    { find: (id) => counted(keys.find(id)), markUsed: (id, day) => keys.markUsed(id, day) },
    { elapsed: () => state.elapsed },
  );
  const byHost = new RecentTenants({
    find: (id) => tenants.find(id),
    findByHost: (host) => counted(tenants.findByHost(host)),
  });
  const door = createTenantDoor(
    createDoor(SETTINGS, { recognisers: [createKeyRecogniser(directory, Date.now)] }),
    byHost,
  );
  const rates = createRateRule(RATES, { now: () => 1_000_000 });
  /** Returns the code of a refusal, or the evidence of the caller. */
  const ask = async ({ key, address = "198.51.100.1", host = "127.0.0.1", path = "/images/a" }: Asked) => {
    const headers = { host, ...(key !== undefined && { authorization: `Bearer ${key}` }) };
    const request = new Request(`http://localhost${path}`, { headers });
    const admission = await door(request, () => rates.chargeLookUp(() => address));
    const caller = admission instanceof Error ? STRANGER : admission;
    const { refusal } = rates.allow(request, caller, () => address);
    if (refusal) return refusal.code;
    return admission instanceof Error ? admission.code : admission.by;
  };
  const makeKey = async () => {
    const text = newKeyText();
    await keys.add(keyFixture({ id: text.id, secretHash: hashSecret(text.secret) }));
    return writeKeyText(text);
  };
  return { ask, makeKey, state };
}

test("ChargeLookUp bounds the look-ups of unknown keys from an address, and harms no known key", async () => {
  const { ask, makeKey, state } = makeDoor();
  const [known, other] = [await makeKey(), await makeKey()];
  expect(await ask({ key: known })).toBe("key");
  const codes: string[] = [];
  for (let sent = 0; sent < FLOOD; sent++) codes.push(await ask({ key: writeKeyText(newKeyText()) }));
  expect(codes.filter((code) => code === "unauthenticated")).toHaveLength(RATE);
  expect(codes.filter((code) => code === "rate_limited")).toHaveLength(FLOOD - RATE);
  expect(state.reads).toBe(1 + RATE);
  state.elapsed = 60_000;
  expect(await ask({ key: known })).toBe("key");
  expect(await ask({ key: other })).toBe("rate_limited");
  expect(await ask({ key: other, address: "198.51.100.2" })).toBe("key");
  expect(await ask({ key: other })).toBe("key");
});

test("ChargeLookUp bounds look-ups at the same time, those of probes and those of hosts", async () => {
  const floods: readonly ((sent: number) => Asked)[] = [
    () => ({ key: writeKeyText(newKeyText()) }),
    () => ({ key: writeKeyText(newKeyText()), path: "/readyz" }),
    (sent) => ({ host: `host-${sent}.example.com` }),
  ];
  for (const flood of floods) {
    const { ask, state } = makeDoor();
    await Promise.all(Array.from({ length: FLOOD }, (_, sent) => ask(flood(sent))));
    expect(state.reads).toBe(RATE);
  }
});

test("ChargeLookUp takes nothing for keys that are valid, whatever strangers at the address have used", async () => {
  const { ask, makeKey } = makeDoor();
  for (let sent = 0; sent < 2 * RATE; sent++) await ask({});
  expect(await ask({})).toBe("rate_limited");
  for (let made = 0; made < 2 * RATE; made++) expect(await ask({ key: await makeKey() })).toBe("key");
});

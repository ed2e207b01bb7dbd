import { describe, expect, test } from "bun:test";
import { type Caller, OPEN_CALLER, STRANGER } from "../caller.ts";
import { UNLIMITED } from "./allowance.ts";
import { createRateRule, type RateSettings, type TenantRates } from "./rate_rule.ts";

const OFF: RateSettings = {
  access: "keys",
  httpProcesses: 1,
  rateBurstSeconds: 60,
  strangerRequests: 0,
  strangerRendering: 0,
  keyRequests: 0,
  keyRendering: 0,
  tenantRequests: 0,
  tenantRendering: 0,
};

const KEYED: Caller = { tenant: "acme", scopes: new Set(), by: "key", keyId: "k1" };

interface Sent {
  readonly caller?: Caller;
  readonly address?: string;
  readonly path?: string;
  readonly method?: string;
}

/** Returns a rule with its clock. */
function ruleOf(settings: Partial<RateSettings>, ratesOf?: (tenant: string) => TenantRates | null) {
  const clock = { now: 1_000_000 };
  const rule = createRateRule({ ...OFF, ...settings }, { now: () => clock.now, ratesOf });
  const send = ({
    caller = STRANGER,
    address = "198.51.100.1",
    path = "/images",
    method = "GET",
  }: Sent = {}) => rule.allow(new Request(`http://localhost${path}`, { method }), caller, () => address);
  /** Returns how many of 20 requests pass. */
  const passing = (sent?: Sent) =>
    Array.from({ length: 20 }, () => send(sent).refusal).filter((each) => !each).length;
  return { clock, send, passing };
}

describe("createRateRule() and requests", () => {
  test("lets a minute's requests through at once, then as many as time brings", () => {
    const { clock, passing } = ruleOf({ strangerRequests: 6 });
    expect(passing()).toBe(6);
    expect(passing()).toBe(0);
    clock.now += 25_000;
    expect(passing()).toBe(2);
  });

  test("lets exactly as many requests through as each limit says", () => {
    const request = new Request("http://localhost/images");
    for (let limit = 1; limit <= 300; limit++) {
      const rule = createRateRule({ ...OFF, strangerRequests: limit }, { now: () => 123_456_789.123 });
      let passed = 0;
      let { refusal } = UNLIMITED;
      while (!refusal && passed <= limit) {
        ({ refusal } = rule.allow(request, STRANGER, () => "198.51.100.1"));
        if (!refusal) passed++;
      }
      expect([limit, passed]).toEqual([limit, limit]);
      expect(refusal?.message).toContain(`${limit} requests a minute, ${limit} of them at once`);
      expect(refusal?.details).toEqual({ limit, retryAfter: Math.ceil(60 / limit) });
    }
  });

  test("names the rate of the setting, also if several processes share it", () => {
    const { passing, send } = ruleOf({ strangerRequests: 7, httpProcesses: 3 });
    expect(passing()).toBe(2);
    expect(send().refusal?.message).toContain("7 requests a minute, 2 of them at once");
  });

  test("refuses with the time to wait, and says the same in its fields", () => {
    const { clock, send } = ruleOf({ strangerRequests: 2 });
    expect(send().fields()).toEqual({
      "ratelimit-policy": '"address";q=2;w=60',
      ratelimit: '"address";r=1;t=30',
    });
    expect(send().fields()).toMatchObject({ ratelimit: '"address";r=0;t=30' });
    clock.now += 9_500;
    const allowance = send();
    expect(allowance.fields()).toMatchObject({ ratelimit: '"address";r=0;t=21' });
    expect(allowance.refusal).toMatchObject({ code: "rate_limited", details: { limit: 2, retryAfter: 21 } });
    expect(allowance.refusal?.message).toBe(
      "Cannot answer now as this address may send 2 requests a minute, 2 of them at once: try again in 21 s",
    );
  });

  test("counts strangers by address, and those of IPv6 by network", () => {
    const { passing } = ruleOf({ strangerRequests: 3 });
    expect(passing({ address: "2001:db8::1" })).toBe(3);
    expect(passing({ address: "2001:db8::2" })).toBe(0);
    expect(passing({ address: "2001:db8:0:1::1" })).toBe(3);
    expect(passing({ address: "198.51.100.2" })).toBe(3);
  });

  test("counts callers with a key for the key and for its tenant, whatever their address has used", () => {
    const { passing } = ruleOf({ strangerRequests: 3, keyRequests: 5, tenantRequests: 7 });
    expect(passing()).toBe(3);
    expect(passing({ caller: KEYED })).toBe(5);
    expect(passing({ caller: { ...KEYED, keyId: "k2" } })).toBe(2);
    expect(passing({ caller: { ...KEYED, tenant: "other", keyId: "k3" } })).toBe(5);
    expect(passing({ caller: { ...KEYED, tenant: "third", by: "jwt", keyId: null } })).toBe(7);
  });

  test("gives a tenant its own rates where it has some, as they are at the moment", () => {
    const rates = new Map<string, TenantRates>([
      ["acme", { requestsPerMinute: 4, renderMsPerMinute: 100 }],
      ["free", { requestsPerMinute: 0, renderMsPerMinute: null }],
    ]);
    const { clock, passing, send } = ruleOf(
      { tenantRequests: 2, tenantRendering: 50 },
      (id) => rates.get(id) ?? null,
    );
    const of = (tenant: string) => passing({ caller: { ...KEYED, tenant } });
    expect([of("acme"), of("free"), of("other")]).toEqual([4, 20, 2]);
    const fields = send({ caller: { ...KEYED, tenant: "free" } }).fields();
    expect(fields["ratelimit-policy"]).toBe('"tenant-rendering";q=50;w=60;qu="render-milliseconds"');
    rates.set("acme", { requestsPerMinute: 600, renderMsPerMinute: null });
    clock.now += 1_000;
    expect(send({ caller: { ...KEYED, tenant: "acme" } }).refusal).toBeNull();
  });

  test("counts a refused request for none of its limits", () => {
    const { clock, passing } = ruleOf({ keyRequests: 12, tenantRequests: 6 });
    expect(passing({ caller: KEYED })).toBe(6);
    clock.now += 10_000;
    expect(passing({ caller: { ...KEYED, tenant: "other" } })).toBe(6);
    expect(passing({ caller: { ...KEYED, tenant: "third" } })).toBe(2);
  });

  test("counts visitors with a signed URL or an upload token by address", () => {
    const { passing } = ruleOf({ strangerRequests: 4, keyRequests: 1 });
    expect(passing({ caller: { ...KEYED, by: "signature" } })).toBe(4);
    expect(passing({ caller: { ...KEYED, by: "token" } })).toBe(0);
  });

  test("gives each process its share, and a bucket at least one request", () => {
    expect(ruleOf({ strangerRequests: 12, httpProcesses: 3 }).passing()).toBe(4);
    expect(ruleOf({ strangerRequests: 1, httpProcesses: 3 }).passing()).toBe(1);
  });

  test("lets as much come at once as the burst says", () => {
    const { send, passing } = ruleOf({ strangerRequests: 60, rateBurstSeconds: 5 });
    expect(send().fields()).toMatchObject({ "ratelimit-policy": '"address";q=5;w=5' });
    expect(passing()).toBe(4);
  });

  test("counts neither probes nor preflights, and nothing in mode open", () => {
    const { send } = ruleOf({ strangerRequests: 1 });
    for (const path of ["/healthz", "/readyz"]) expect(send({ path })).toBe(UNLIMITED);
    const open = ruleOf({ access: "open", strangerRequests: 1 });
    expect(open.send()).toBe(UNLIMITED);
    expect(open.send({ caller: OPEN_CALLER })).toBe(UNLIMITED);
    expect(ruleOf({ keyRequests: 1 }).send()).toBe(UNLIMITED);
  });
});

describe("createRateRule() and rendering", () => {
  test("refuses renders once their time is used up, and not requests", () => {
    const { clock, send } = ruleOf({ strangerRendering: 60 });
    const before = send();
    expect(before.refuseRender()).toBeNull();
    before.charge(100);
    const allowance = send();
    expect(allowance.refusal).toBeNull();
    expect(allowance.fields()).toEqual({
      "ratelimit-policy": '"address-rendering";q=60;w=60;qu="render-milliseconds"',
      ratelimit: '"address-rendering";r=0;t=41',
    });
    expect(allowance.refuseRender()).toMatchObject({ code: "rate_limited", details: { retryAfter: 41 } });
    clock.now += 41_000;
    expect(send().refuseRender()).toBeNull();
  });

  test("charges what a signature opened to its key and its tenant", () => {
    const { send } = ruleOf({ strangerRendering: 100, keyRendering: 100, tenantRendering: 300 });
    const signed: Caller = { ...KEYED, by: "signature" };
    send({ caller: signed }).charge(150);
    expect(send().refuseRender()).toBeNull();
    expect(send({ caller: KEYED }).refuseRender()?.message).toContain(
      "this key may use 100 ms of rendering a minute",
    );
    expect(send({ caller: { ...KEYED, keyId: "k2" } }).refuseRender()).toBeNull();
    send({ caller: { ...KEYED, keyId: "k2" } }).charge(150);
    expect(send({ caller: { ...KEYED, keyId: "k3" } }).refuseRender()?.message).toContain("this tenant");
  });
});

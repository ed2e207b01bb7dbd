import { expect, test } from "bun:test";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "@progimage/core";
import {
  createRegistry,
  InlineRenderer,
  rendererContract,
  samplePhoto,
  testFolder,
} from "@progimage/core/testing";
import { STRANGER } from "../caller.ts";
import { beginContext, currentAllowance, workFor } from "../../http/request_context.ts";
import { type Allowance, UNLIMITED } from "./allowance.ts";
import { assertMayRender } from "./assert_may_render.ts";
import { chargedRenderer } from "./charged_renderer.ts";
import { createRateLimit, refusalFor } from "./rate_limit.ts";
import { TokenBuckets } from "./token_buckets.ts";

const renderer = () =>
  chargedRenderer(new InlineRenderer(createRegistry([]), DEFAULT_LIMITS), currentAllowance);

rendererContract("chargedRenderer()", renderer);

/** Returns an allowance and what is charged to it. */
function charged() {
  const charges: number[] = [];
  const allowance: Allowance = { ...UNLIMITED, charge: (milliseconds) => void charges.push(milliseconds) };
  return { charges, allowance };
}

test("chargedRenderer() charges renders to their request, failed ones too, and bulk work to none", async () => {
  await using folder = await testFolder();
  const input = join(folder.path, "input");
  await Bun.write(input, await samplePhoto());
  const job = (path: string) => {
    const output = join(folder.path, crypto.randomUUID());
    return { key: output, input: path, inputFormat: "png", output, format: "webp", steps: [] } as const;
  };
  const { charges, allowance } = charged();
  await workFor({ id: "1", allowance }, async () => {
    const { render } = await renderer().render(job(input));
    expect(charges).toEqual([render]);
    await expect(renderer().render(job(join(folder.path, "missing")))).rejects.toThrow();
    expect(charges).toHaveLength(2);
    await renderer().render(job(input), { priority: "bulk" });
  });
  await renderer().render(job(input));
  expect(charges).toHaveLength(2);
});

test("assertMayRender() refuses a caller without time, except for derivatives that are cached", async () => {
  const buckets = new TokenBuckets({ keys: 1, now: () => 0 });
  const rate = { perMillisecond: 1, capacity: 1 };
  const refusal = refusalFor(
    createRateLimit({ subject: "key", unit: "rendering", perMinute: 60_000, buckets, rate }),
    0,
  );
  const request = new Request("http://localhost/");
  const allowance = { ...UNLIMITED, refuseRender: () => refusal };
  beginContext(request, { id: "1", caller: STRANGER, allowance, keepAlive: () => {}, awaitClient: () => {} });
  const find = async (key: string) => (key === "kept" ? { bytes: 0, content: new Uint8Array() } : null);
  const ports = { derivatives: { find } } as unknown as Parameters<typeof assertMayRender>[0];
  await assertMayRender(ports, request, "kept");
  for (const key of [undefined, "other"])
    await expect(assertMayRender(ports, request, key)).rejects.toBe(refusal);
});

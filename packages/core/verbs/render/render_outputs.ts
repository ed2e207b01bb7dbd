import type { Spool } from "../../blob/spool.ts";
import type { DerivativePlan } from "./plan_derivative.ts";
import type { Ports } from "../../ports.ts";
import { renderOnce, type RenderedFile } from "./render_once.ts";
import { shareDecode } from "./share_decode.ts";

/** Options for {@linkcode renderOutputs}. */
export interface RenderOutputsOptions {
  /**
   * Whether results that begin with a shrink are made from one smaller copy of the source: faster, with nearly the same pixels.
   *
   * @default {false}
   */
  readonly reuse?: boolean;
  /** The folder of the results. @default the folder for files that are never stored */
  readonly folder?: Spool;
  readonly signal?: AbortSignal;
}

/** Concurrent renders of one request. More would only wait for the renderer. */
const AT_A_TIME = 4;

/** Renders several plans for one source, and yields the results in order. The caller must dispose of each. */
export async function* renderOutputs(
  ports: Pick<Ports, "limits" | "renderer" | "scratch" | "transforms">,
  plans: readonly DerivativePlan[],
  { reuse = false, folder = ports.scratch, signal }: RenderOutputsOptions = {},
): AsyncGenerator<PromiseSettledResult<RenderedFile>> {
  // Bulk callers tolerate latency, so other requests go first.
  const options = { signal, priority: "bulk" } as const;
  await using shared = reuse ? await shareDecode(ports, plans, options) : null;
  const begin = (plan: DerivativePlan) => settle(renderOnce(ports, plan, folder, options));
  const waiting = (shared?.plans ?? plans).values();
  const running = waiting.take(AT_A_TIME).map(begin).toArray();
  try {
    for (let result = running.shift(); result; result = running.shift()) {
      yield await result;
      const next = waiting.next();
      if (!next.done) running.push(begin(next.value));
    }
  } finally {
    // A caller that stops reading early would leave files behind.
    for (const result of await Promise.all(running))
      if (result.status === "fulfilled") await result.value[Symbol.asyncDispose]();
  }
}

async function settle<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([work]);
  return result;
}

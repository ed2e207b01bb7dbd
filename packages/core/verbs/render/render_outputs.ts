import type { Spool } from "../../blob/spool.ts";
import type { DerivativePlan } from "./plan_derivative.ts";
import type { Ports } from "../../ports.ts";
import { renderOnce, type RenderedFile } from "./render_once.ts";
import { shareDecode } from "./share_decode.ts";

/** Options for {@linkcode renderOutputs}. */
export interface RenderOutputsOptions {
  /**
   * Derives results from one smaller copy of the source where they begin with a shrink: faster, and nearly the same pixels.
   *
   * @default {false}
   */
  readonly reuse?: boolean;
  /** Where the results go. @default the folder of what is never stored */
  readonly folder?: Spool;
  readonly signal?: AbortSignal;
}

/** Renders under way for one request. More would only wait in line. */
const AT_A_TIME = 4;

/** Carries out several plans for one source, and gives the results in their order as they are done. Each is for the caller to dispose of. */
export async function* renderOutputs(
  ports: Pick<Ports, "limits" | "renderer" | "scratch" | "transforms">,
  plans: readonly DerivativePlan[],
  { reuse = false, folder = ports.scratch, signal }: RenderOutputsOptions = {},
): AsyncGenerator<PromiseSettledResult<RenderedFile>> {
  // Whoever asks for many results waits for them anyhow: others come first.
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
    // Whoever stops reading leaves files behind.
    for (const result of await Promise.all(running))
      if (result.status === "fulfilled") await result.value[Symbol.asyncDispose]();
  }
}

async function settle<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([work]);
  return result;
}

import type { Probe } from "../image/probe.ts";
import type { Limits } from "../limits.ts";
import type { TransformRegistry } from "../transform/contract/registry.ts";
import { probeImage } from "./probe_image.ts";
import { renderJob } from "./render_job.ts";
import type { Renderer, RenderJob, RenderOptions, TimedRendered } from "./renderer.ts";
import { encoderFingerprint } from "./sharp_setup.ts";

/** Renders in this process, for tests only: a bad image can crash or block the process. */
export class InlineRenderer implements Renderer {
  readonly #transforms: TransformRegistry;
  readonly #limits: Limits;

  constructor(transforms: TransformRegistry, limits: Limits) {
    this.#transforms = transforms;
    this.#limits = limits;
  }

  probe(path: string): Promise<Probe> {
    return probeImage(path, this.#limits);
  }

  async render(job: RenderJob, { onStart }: RenderOptions = {}): Promise<TimedRendered> {
    onStart?.();
    const startedAt = performance.now();
    const rendered = await renderJob(job, this.#transforms, this.#limits);
    return { ...rendered, queue: 0, render: performance.now() - startedAt };
  }

  async fingerprint(): Promise<string> {
    return encoderFingerprint();
  }

  async close(): Promise<void> {}
}

import type { Renderer } from "@progimage/core";
import type { Allowance } from "./allowance.ts";

/**
 * Returns a renderer that charges the time of each render to the request that it is made for. Bulk work, such as that of jobs, goes after
 * everything else and is not charged.
 */
export function chargedRenderer(renderer: Renderer, allowanceOf: () => Allowance | undefined): Renderer {
  return {
    probe: (path, options) => renderer.probe(path, options),
    fingerprint: () => renderer.fingerprint(),
    close: () => renderer.close(),
    render: async (job, options = {}) => {
      const allowance = options.priority === "bulk" ? undefined : allowanceOf();
      if (!allowance) return await renderer.render(job, options);
      let startedAt: number | null = null;
      const onStart = () => {
        startedAt = performance.now();
        options.onStart?.();
      };
      try {
        const rendered = await renderer.render(job, { ...options, onStart });
        allowance.charge(rendered.render);
        return rendered;
      } catch (error) {
        if (startedAt !== null) allowance.charge(performance.now() - startedAt);
        throw error;
      }
    },
  };
}

import type { ParamValue, Step } from "../recipe/recipe.ts";
import type { TransformRegistry } from "../contract/registry.ts";
import type { SourceFacts } from "../contract/transform.ts";

/** Returns steps with the arguments that depend on their source, such as its focal point. */
export function completeSteps(
  steps: readonly Step[],
  source: SourceFacts,
  registry: TransformRegistry,
): readonly Step[] {
  return steps.map((step) => {
    const transform = registry.get(step.transform);
    if (!transform.complete) return step;
    const { focalPoint } = source;
    return withParams(step, transform.complete(step.params, { focalPoint }), Object.keys(transform.params));
  });
}

/** Returns a step with some parameters set, in the order of the declaration. */
export function withParams(
  { transform, params }: Step,
  changes: Readonly<Record<string, ParamValue>>,
  order: readonly string[],
): Step {
  const all: Readonly<Record<string, ParamValue>> = { ...params, ...changes };
  const entries = order.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const]));
  return { transform, params: Object.fromEntries(entries) };
}

import { qualifiedName } from "../recipe/names.ts";
import { pluginError } from "./plugin_failure.ts";
import type { PluginSettings } from "./plugin_settings.ts";
import { isStageName } from "../planning/stages.ts";
import type { PixelTransform, PluginContext, Transform } from "./transform.ts";

/** A call of a plugin's code that blocked the process in which it ran. */
export interface SlowCall {
  readonly transform: string;
  /** The function of the transform, such as `size`. */
  readonly part: string;
  readonly milliseconds: number;
}

/** Options for {@linkcode guardTransform}. */
export interface GuardTransformOptions {
  /** Called for each call that took longer than {@linkcode SLOW_CALL_MILLISECONDS}. */
  readonly onSlowCall?: (call: SlowCall) => void;
  /** The prefix of its names in URLs and JSON. @default {nothing} */
  readonly namespace?: string;
  /** The settings of its plugin. @default {none} */
  readonly settings?: PluginSettings;
}

const NO_SETTINGS: PluginSettings = Object.freeze({});

/** A longer call is slow: it blocks all other requests. */
export const SLOW_CALL_MILLISECONDS = 100;

/** The functions of a transform that run in the server's process, and the values that each may return. */
const PARTS: Readonly<
  Record<string, { readonly gives: string; readonly allows: (value: unknown) => boolean }>
> = {
  check: { gives: "nothing", allows: () => true },
  complete: { gives: "arguments", allows: isArguments },
  encode: { gives: "settings", allows: isObject },
  open: { gives: "settings", allows: isObject },
  frames: { gives: '"all" or "each"', allows: () => true },
  scaledSize: { gives: "a size in pixels", allows: (value) => isSize(value, Number.isFinite) },
  size: {
    gives: 'a size in whole pixels or "unknown"',
    allows: (value) => value === "unknown" || isSize(value, Number.isSafeInteger),
  },
  stage: { gives: "a list of stages or null", allows: (value) => value === null || isStageList(value) },
};

/** The names of the synchronous functions of a transform. */
export const SYNCHRONOUS_PARTS: readonly string[] = Object.keys(PARTS);

/**
 * Returns a transform whose synchronous functions must follow the contract. An error that is not a refusal becomes `plugin_failed` with the
 * name of the transform. So do a promise and a value of the wrong kind.
 */
export function guardTransform(transform: Transform, options: GuardTransformOptions = {}): Transform {
  const { namespace, settings } = options;
  const name = qualifiedName(transform.name, namespace);
  const aliases = transform.aliases?.map((alias) => qualifiedName(alias, namespace));
  const parts = transform as unknown as Readonly<Record<string, unknown>>;
  const guarded = SYNCHRONOUS_PARTS.flatMap((part) => {
    const call = parts[part];
    return typeof call === "function"
      ? [[part, guardPart(transform, part, { ...options, name })] as const]
      : [];
  });
  return Object.assign(
    Object.create(Object.getPrototypeOf(transform)),
    transform,
    { name, ...(aliases && { aliases }) },
    settings && { apply: withSettings(transform, settings) },
    Object.fromEntries(guarded),
  ) as Transform;
}

function guardPart(
  transform: Transform,
  part: string,
  { name, onSlowCall, settings = NO_SETTINGS }: GuardTransformOptions & { readonly name: string },
) {
  const context: PluginContext = { settings };
  const own = (transform as unknown as Record<string, (...args: unknown[]) => unknown>)[part];
  return (...args: unknown[]): unknown => {
    args.push(context);
    const startedAt = performance.now();
    try {
      return checkValue(own?.apply(transform, args), part);
    } catch (error) {
      throw pluginError(name, error, part);
    } finally {
      const milliseconds = performance.now() - startedAt;
      if (milliseconds > SLOW_CALL_MILLISECONDS) onSlowCall?.({ transform: name, part, milliseconds });
    }
  };
}

function withSettings(transform: Transform, settings: PluginSettings): PixelTransform["apply"] {
  const { apply } = transform as PixelTransform;
  return (image, args, context) => apply.call(transform, image, args, { ...context, settings });
}

function checkValue(value: unknown, part: string): unknown {
  const { gives = "", allows = () => true } = PARTS[part] ?? {};
  if (isThenable(value)) {
    // A rejection of the promise is covered by this error.
    Promise.resolve(value).catch(() => {});
    throw new TypeError(`"${part}" must give ${gives}, at once: it gives a promise`);
  }
  if (!allows(value)) throw new TypeError(`"${part}" must give ${gives}: it gives ${shown(value)}`);
  return value;
}

/** Values of plugins may be large. */
function shown(value: unknown): string {
  return Bun.inspect(value, { depth: 1 }).slice(0, 200);
}

function isThenable(value: unknown): boolean {
  return isObject(value) && typeof (value as { readonly then?: unknown }).then === "function";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isSize(value: unknown, isLength: (length: unknown) => boolean): boolean {
  if (!isObject(value)) return false;
  const { width, height } = value as { readonly width?: unknown; readonly height?: unknown };
  return [width, height].every((length) => isLength(length) && (length as number) > 0);
}

function isArguments(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((each) => each === undefined || isArgument(each));
}

/** Lists and points contain other arguments. */
function isArgument(value: unknown): boolean {
  if (isObject(value)) return Object.values(value).every(isArgument);
  return typeof value === "boolean" || typeof value === "string" || Number.isFinite(value);
}

function isStageList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isStageName);
}

import type { ImageReference } from "../images/sources.ts";

/** The parameters of a transform, with `Picture` as another way to name images. */
export type With<Picture, Params> = {
  [Name in keyof Params]: [ImageReference] extends [Params[Name]] ? Params[Name] | Picture : Params[Name];
};

/**
 * Returns parameters as one object. The argument is either that object, or the value of the parameter `key` followed by the others.
 *
 * @throws {TypeError} for an argument of the wrong kind
 */
export function named<Params extends object>(
  key: keyof Params,
  first: Params | Params[keyof Params] | undefined,
  others?: Partial<Params>,
): Params {
  if (typeof first === "object" && first !== null) return first as Params;
  if (typeof first === "function") throw new TypeError(`Cannot use a function as ${String(key)}`);
  checkParams(`what stands behind ${String(key)}`, others);
  return { [key]: first, ...others } as Params;
}

/** @throws {TypeError} for parameters that are not an object, which JavaScript would ignore */
export function checkParams(name: string, params: unknown): void {
  if (params === undefined || (typeof params === "object" && params !== null && !Array.isArray(params)))
    return;
  throw new TypeError(`Cannot add ${name}: its parameters must be an object, not ${JSON.stringify(params)}`);
}

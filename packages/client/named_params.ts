import type { ImageReference } from "./image_source.ts";

/** The parameters of a transform where images may be named by a `Picture` as well. */
export type With<Picture, Params> = {
  [Name in keyof Params]: [ImageReference] extends [Params[Name]] ? Params[Name] | Picture : Params[Name];
};

/** Gives parameters as one object: what came is that already, or the value of the parameter `key`, with the others behind it. */
export function named<Params extends object>(
  key: keyof Params,
  first: Params | Params[keyof Params] | undefined,
  others?: Partial<Params>,
): Params {
  if (typeof first === "object" && first !== null) return first as Params;
  return { [key]: first, ...others } as Params;
}

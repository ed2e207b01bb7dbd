import { SHAPE_FORMATS } from "../shape/shape_formats.ts";

/** Whether a text can be the id of a tenant other than the first one, whose id is empty. */
export function isTenantId(text: string): boolean {
  return SHAPE_FORMATS["tenant"]?.accepts(text) ?? false;
}

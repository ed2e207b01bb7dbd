import {
  extensionOf,
  formatUrlRecipe,
  type OutputFormat,
  type Step,
  type TransformRegistry,
} from "@progimage/core";
import { pathOf, queryOf, type Targeted } from "../http/request_target.ts";

/** A derivative that a URL asks for. */
export interface LinkedDerivative {
  readonly id: string;
  readonly steps: readonly Step[];
  readonly format: OutputFormat;
}

/** Caches and downloads do not change what is shown, and a preset is a name of its own. */
const BESIDE_REGEXP = /^(?:v|download)(?:=|$)/;
const PRESET_REGEXP = /(?:^|&)preset=/;

/**
 * Returns the header that leads from another spelling of a recipe to that of the documentation. Nothing for a URL that is spelled so: those
 * that are asked for most get no byte more.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6596
 */
export function canonicalLink(
  request: Targeted,
  { id, steps, format }: LinkedDerivative,
  {
    publicUrl,
    transforms,
  }: { readonly publicUrl: string; readonly transforms: Pick<TransformRegistry, "find"> },
): Readonly<Record<string, string>> {
  const query = queryOf(request);
  if (PRESET_REGEXP.test(query)) return {};
  const path = `/images/${id}.${extensionOf(format)}`;
  const recipe = formatUrlRecipe({ steps, format: null }, transforms);
  const written = query.split("&").filter((pair) => !BESIDE_REGEXP.test(pair));
  if (pathOf(request) === path && written.join("&") === recipe) return {};
  return { link: `<${publicUrl}${path}${recipe === "" ? "" : `?${recipe}`}>; rel="canonical"` };
}

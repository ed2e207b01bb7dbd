import {
  extensionOf,
  formatUrlRecipe,
  type OutputFormat,
  type Step,
  type TransformRegistry,
} from "@progimage/core";
import { pathOf, queryOf, type Targeted } from "../http/request_target.ts";

/** The derivative of a URL. */
export interface LinkedDerivative {
  readonly id: string;
  readonly steps: readonly Step[];
  readonly format: OutputFormat;
}

/** Cache versions and downloads do not change the picture, and a preset counts as a canonical name. */
const BESIDE_REGEXP = /^(?:v|download)(?:=|$)/;
const PRESET_REGEXP = /(?:^|&)preset=/;

/**
 * Returns the `Link` header from another spelling of a recipe to the canonical URL. Returns no header for a canonical URL, so that the
 * most frequent answers do not grow.
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

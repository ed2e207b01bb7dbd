import type { JsonOf } from "../../shape/shape.ts";
import type { Recipe } from "./recipe.ts";
import type { PRESET_DESCRIPTION_SHAPE } from "./recipe_shape.ts";

/** A named recipe, as it is shown to callers. */
export type PresetDescription = JsonOf<typeof PRESET_DESCRIPTION_SHAPE>;

/** Named recipes. */
export interface Presets {
  /**
   * Returns a preset by its name, in its latest version, or by name and version as `name@2`.
   *
   * @throws {ProgImageError} `preset_not_found`, with a suggestion
   */
  get(name: string): Recipe;
  /** Whether callers without a key may use a preset; `false` for an unknown one. The preset is named as in {@linkcode Presets.get}. */
  isPublic(name: string): boolean;
  /** Returns descriptions of all presets, sorted by name and version. */
  describe(): readonly PresetDescription[];
}

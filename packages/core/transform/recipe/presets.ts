import type { JsonOf } from "../../shape/shape.ts";
import type { Recipe } from "./recipe.ts";
import type { PRESET_DESCRIPTION_SHAPE } from "./recipe_shape.ts";

/** A recipe with a name, as it is shown to callers. */
export type PresetDescription = JsonOf<typeof PRESET_DESCRIPTION_SHAPE>;

/** Recipes with names. */
export interface Presets {
  /**
   * Finds a preset by its name, in its latest version, or by name and version as `name@2`.
   *
   * @throws {ProgImageError} `preset_not_found`, with what was probably meant
   */
  get(name: string): Recipe;
  /** Describes all presets in the order of their names and versions. */
  describe(): readonly PresetDescription[];
}

import type { ImageSource } from "../images/sources.ts";
import { EMPTY_RECIPE, type Recipe } from "./recipe.ts";
import { RecipeBuilder } from "./recipe_builder.ts";

/** A recipe without an image. */
export class RecipeDraft extends RecipeBuilder<RecipeDraft, ImageSource> {
  protected override copy(recipe: Recipe): RecipeDraft {
    return new RecipeDraft(recipe);
  }
}

/** Returns an empty recipe: for {@linkcode ProgImage.render}, or for any number of images. */
export function recipe(): RecipeDraft {
  return new RecipeDraft(EMPTY_RECIPE);
}

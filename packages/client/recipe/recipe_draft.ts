import type { ImageSource } from "../images/sources.ts";
import { EMPTY_RECIPE, type Recipe } from "./recipe.ts";
import { RecipeBuilder } from "./recipe_builder.ts";

/** What to make of images, of which none is named yet. */
export class RecipeDraft extends RecipeBuilder<RecipeDraft, ImageSource> {
  protected override copy(recipe: Recipe): RecipeDraft {
    return new RecipeDraft(recipe);
  }
}

/** Gives a recipe to begin with: for {@linkcode ProgImage.render}, or for any number of images. */
export function recipe(): RecipeDraft {
  return new RecipeDraft(EMPTY_RECIPE);
}

import { BuiltInMethods } from "./built_in_methods.ts";
import type { CompressParams } from "./built_in/compress.ts";
import type { OutputFormat } from "../images/image.ts";
import { checkParams, type With } from "./named_params.ts";
import { type JsonRecipe, jsonRecipe, type Recipe, type Step } from "./recipe.ts";
import type { Transforms } from "./transforms.ts";

/**
 * The methods that say what to make of an image. Whatever has them is immutable: each call gives a new one, so that any of them can
 * be a starting point. They are inherited as they are generated once for all that have them.
 */
export abstract class RecipeBuilder<Self, Picture> extends BuiltInMethods<Self, Picture> {
  /** What is to be made, as plain values. */
  readonly recipe: Recipe;

  /** @internal */
  constructor(recipe: Recipe) {
    super();
    this.recipe = recipe;
  }

  /** Gives the same with another recipe. */
  protected abstract copy(recipe: Recipe): Self;

  /** Adds the steps of a preset of the server: `hero`, or a version, `hero@2`. Its format counts if no other is named. */
  preset(name: string): Self {
    return this.#with({ transform: "preset", params: { name } });
  }

  override apply<Name extends keyof Transforms>(name: Name, params?: With<Picture, Transforms[Name]>): Self {
    if (typeof name !== "string") throw new TypeError("Cannot add a transform: its name must be a text");
    checkParams(name, params);
    if (name === "compress") return this.compress(params as CompressParams);
    return this.#with({ transform: name, params: { ...params } });
  }

  /** Says how the result is encoded. Called again, it adds to what was said. */
  compress(params: CompressParams = {}): Self {
    checkParams("compress", params);
    return this.copy({ ...this.recipe, compress: { ...this.recipe.compress, ...params } });
  }

  /** Says in which format the result comes; `auto` is the best that the request's `Accept` names. */
  override format(format: OutputFormat | "auto", params?: CompressParams): Self {
    checkParams("compress", params);
    const { compress } = this.recipe;
    return this.copy({ ...this.recipe, format, compress: params ? { ...compress, ...params } : compress });
  }

  auto(params?: CompressParams): Self {
    return this.format("auto", params);
  }

  /** Gives the recipe in the JSON that the server reads: for a preset, or a request of one's own. */
  toJSON(): JsonRecipe {
    return jsonRecipe(this.recipe);
  }

  #with(step: Step): Self {
    return this.copy({ ...this.recipe, steps: [...this.recipe.steps, step] });
  }
}

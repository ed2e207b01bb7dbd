import { BuiltInMethods } from "./built_in_methods.ts";
import type { CompressParams } from "./built_in/compress.ts";
import type { OutputFormat } from "../images/image.ts";
import { checkParams, type With } from "./named_params.ts";
import { type JsonRecipe, jsonRecipe, type Recipe, type Step } from "./recipe.ts";
import type { Transforms } from "./transforms.ts";

/**
 * The methods that build a recipe. Objects with them are immutable: each method returns a new one, so any of them can be a starting
 * point. The methods are inherited, as they are generated once for all classes.
 */
export abstract class RecipeBuilder<Self, Picture> extends BuiltInMethods<Self, Picture> {
  /** The recipe as plain values. */
  readonly recipe: Recipe;

  /** @internal */
  constructor(recipe: Recipe) {
    super();
    this.recipe = recipe;
  }

  /** Returns a copy with another recipe. */
  protected abstract copy(recipe: Recipe): Self;

  /** Adds the steps of a preset of the server: `hero`, or a version, `hero@2`. Its format applies unless another is given. */
  preset(name: string): Self {
    return this.#with({ transform: "preset", params: { name } });
  }

  override apply<Name extends keyof Transforms>(name: Name, params?: With<Picture, Transforms[Name]>): Self {
    if (typeof name !== "string") throw new TypeError("Cannot add a transform: its name must be a text");
    checkParams(name, params);
    if (name === "compress") return this.compress(params as CompressParams);
    return this.#with({ transform: name, params: { ...params } });
  }

  /** Sets the encoder's parameters. Another call adds to them. */
  compress(params: CompressParams = {}): Self {
    checkParams("compress", params);
    return this.copy({ ...this.recipe, compress: { ...this.recipe.compress, ...params } });
  }

  /** Sets the format of the result; `auto` is the best format that the request's `Accept` names. */
  override format(format: OutputFormat | "auto", params?: CompressParams): Self {
    checkParams("compress", params);
    const { compress } = this.recipe;
    return this.copy({ ...this.recipe, format, compress: params ? { ...compress, ...params } : compress });
  }

  auto(params?: CompressParams): Self {
    return this.format("auto", params);
  }

  /** Returns the recipe as the server's JSON: for a preset, or for a request of your own. */
  toJSON(): JsonRecipe {
    return jsonRecipe(this.recipe);
  }

  #with(step: Step): Self {
    return this.copy({ ...this.recipe, steps: [...this.recipe.steps, step] });
  }
}

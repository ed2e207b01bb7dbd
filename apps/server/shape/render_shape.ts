import {
  ATTRIBUTES_SHAPE,
  describedShape,
  EXPLAINED_SOURCE_SHAPE,
  namedShape,
  objectShape,
  optionalProperties,
  OUTPUT_REQUEST_SHAPE,
  RECIPE_PROPERTIES,
} from "@progimage/core";
import { Type } from "@sinclair/typebox";

/** A request to render, as documents show it: `readRenderRequest` reads it, as a form or a query spells it too. */
export const RENDER_REQUEST_SHAPE = namedShape(
  "RenderRequest",
  objectShape({
    ...optionalProperties({
      source: Type.String({ description: "The id of an image, or an http or https URL" }),
      sources: Type.Array(Type.String()),
    }),
    ...RECIPE_PROPERTIES,
    ...optionalProperties({
      outputs: Type.Array(OUTPUT_REQUEST_SHAPE),
      reuse: Type.Boolean({
        default: false,
        description: "Derive results that begin with a shrink from one decode",
      }),
      save: describedShape(
        Type.Union([Type.Boolean(), ATTRIBUTES_SHAPE]),
        "Store the results as new images: true, or their attributes",
      ),
    }),
  }),
);

/** A request to explain a recipe. */
export const RECIPE_REQUEST_SHAPE = namedShape(
  "RecipeRequest",
  objectShape({
    ...RECIPE_PROPERTIES,
    ...optionalProperties({
      source: describedShape(EXPLAINED_SOURCE_SHAPE, "The id of an image, or the size of any"),
    }),
  }),
);

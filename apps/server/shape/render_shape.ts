import {
  ATTRIBUTES_SHAPE,
  describedShape,
  EXPLAINED_SOURCE_SHAPE,
  namedShape,
  objectShape,
  optionalProperties,
  OUTPUT_REQUEST_SHAPE,
  RECIPE_SHAPE,
  shownShape,
} from "@progimage/core";
import { Type } from "@sinclair/typebox";

/** A request to render. Forms and queries have another syntax. */
export const RENDER_REQUEST_SHAPE = namedShape(
  "RenderRequest",
  objectShape({
    ...optionalProperties({
      source: Type.String({ description: "The id of an image, or an http or https URL" }),
      sources: Type.Array(Type.String(), { description: "Several of these" }),
    }),
    ...RECIPE_SHAPE.properties,
    ...optionalProperties({
      outputs: shownShape(Type.Array(OUTPUT_REQUEST_SHAPE, { minItems: 1 })),
      reuse: Type.Boolean({
        default: false,
        description: "Derive results that begin with a shrink from one decode",
      }),
      save: shownShape(
        describedShape(
          Type.Union([Type.Boolean(), ATTRIBUTES_SHAPE]),
          "Store the results as new images: true, or their attributes",
        ),
      ),
    }),
  }),
);

/** A request to explain a recipe. */
export const RECIPE_REQUEST_SHAPE = namedShape(
  "RecipeRequest",
  objectShape({
    ...RECIPE_SHAPE.properties,
    ...optionalProperties({
      source: describedShape(EXPLAINED_SOURCE_SHAPE, "The id of an image, or the size of any"),
    }),
  }),
);

import { Type } from "@sinclair/typebox";
import {
  answerShape,
  choiceShape,
  describedShape,
  jsonObjectShape,
  namedShape,
  nullableShape,
  objectShape,
  optionalProperties,
  shownShape,
} from "../../shape/shape.ts";
import { OUTPUT_EXTENSIONS, OUTPUT_FORMATS } from "../output/formats.ts";

const TEXT = Type.String();

/** A step of a recipe. The transform defines its parameters. */
export const STEP_SHAPE = namedShape(
  "Step",
  Type.Object(
    { transform: TEXT },
    {
      additionalProperties: Type.Unknown(),
      description: "A transform and its parameters; or `preset` and the `name` of one",
    },
  ),
);

/** A format of results; with null, the request or the source decides. */
const FORMAT_OR_NULL = describedShape(
  nullableShape(choiceShape(OUTPUT_FORMATS)),
  "null leaves it to the request or the source",
);

/** A recipe in JSON. Separate readers check its preset, steps and format. */
export const RECIPE_SHAPE = objectShape(
  optionalProperties({
    recipe: describedShape(TEXT, "Steps and format as in the query of a URL, instead of preset and steps"),
    preset: shownShape(describedShape(TEXT, "The name of a preset, whose steps come first")),
    steps: Type.Array(shownShape(STEP_SHAPE)),
    format: shownShape(nullableShape(choiceShape([...OUTPUT_EXTENSIONS, "auto"]))),
  }),
);

/** One of several requested results: a named recipe. */
export const OUTPUT_REQUEST_SHAPE = namedShape(
  "OutputRequest",
  objectShape({
    name: Type.Optional(
      describedShape(
        nullableShape(Type.String({ format: "file-stem", minLength: 1, maxLength: 64 })),
        "The name of its file in the zip, without extension",
      ),
    ),
    ...RECIPE_SHAPE.properties,
  }),
);

/** The spellings of a recipe that was read. */
export const READ_RECIPE_PROPERTIES = {
  recipe: describedShape(TEXT, "As in the query of a URL"),
  steps: Type.Array(STEP_SHAPE),
  format: FORMAT_OR_NULL,
};

const SIDE = describedShape(
  nullableShape(Type.Integer()),
  "Of a page in pixels; null if only the pixels tell",
);

/** A recipe in each of its spellings, and the size of its result. */
export const EXPLAINED_RECIPE_SHAPE = answerShape("ExplainedRecipe", {
  ...READ_RECIPE_PROPERTIES,
  result: describedShape(
    nullableShape(answerShape("PredictedResult", { width: SIDE, height: SIDE, pages: Type.Integer() })),
    "null without a source",
  ),
});

/** A named recipe. */
export const PRESET_DESCRIPTION_SHAPE = answerShape("PresetDescription", {
  name: TEXT,
  version: Type.Integer(),
  summary: TEXT,
  recipe: describedShape(TEXT, "Its steps and format as the query of a URL"),
});

/** The description of a transform in the catalogue. */
export const TRANSFORM_DESCRIPTION_SHAPE = answerShape("TransformDescription", {
  name: describedShape(TEXT, "In plugins with a namespace it stands before the name, as in print.halftone"),
  shortNames: Type.Array(TEXT, {
    description: "Names without a point that the operator has given it besides",
  }),
  aliases: Type.Array(TEXT, { description: "Names that it had before, which are deprecated" }),
  deprecated: describedShape(nullableShape(TEXT), "The replacement; null if it is not deprecated"),
  plugin: describedShape(TEXT, "The plugin that brings it"),
  version: Type.Integer(),
  summary: TEXT,
  shorthand: describedShape(
    Type.Union([TEXT, objectShape({ kind: Type.Literal("box"), width: TEXT, height: TEXT }), Type.Null()]),
    "The parameter that needs no name, or the two of a box written WxH",
  ),
  examples: Type.Array(TEXT, {
    description: "Steps as in a URL that show what it does; in them @photo, @logo and @mask stand for images",
  }),
  isOutput: Type.Boolean({
    description: "Whether it sets the encoding of the result, wherever it is written in a recipe",
  }),
  params: describedShape(jsonObjectShape(), "JSON Schema of its parameters"),
});

/**
 * The contract of transforms, and recipes in URLs and JSON, for the server. Authors of plugins have a separate entry. Never loads sharp.
 *
 * @module
 */
export { ProgImageError } from "../../error.ts";
export type { ReadRecipeOptions } from "../recipe/assemble_recipe.ts";
export { readFormat } from "../recipe/assemble_recipe.ts";
export { readColor } from "../values/color.ts";
export { cssColor, opacityOf } from "../values/css_color.ts";
export { COMPASS, positionInside } from "../values/compass.ts";
export type { Compass, Position } from "../values/compass.ts";
export { encoderOptions } from "../output/encoder_options.ts";
export type { EncodeSettings } from "../output/encode_settings.ts";
export type { EncoderOptions } from "../output/encoder_options.ts";
export {
  canAnimate,
  defaultOutputFormat,
  extensionOf,
  formatOfExtension,
  FORMATS,
  mediaTypeOf,
  OUTPUT_EXTENSIONS,
  OUTPUT_FORMATS,
  outputFacts,
  SOURCE_FORMATS,
} from "../output/formats.ts";
export type {
  FormatFacts,
  NegotiationFacts,
  OptionalSetting,
  OutputFacts,
  OutputFormat,
  SourceFormat,
} from "../output/formats.ts";
export { canonicalJson, formatUrlRecipe, jsonSteps } from "../recipe/format_recipe.ts";
export { SLOW_CALL_MILLISECONDS } from "./guard_transform.ts";
export type { SlowCall } from "./guard_transform.ts";
export { loadingFailure, loadPlugins } from "./load_plugins.ts";
export type { LoadPluginsOptions } from "./load_plugins.ts";
export { kindOfReference, readImageReference } from "../values/image_reference.ts";
export type { ImageReferenceKind } from "../values/image_reference.ts";
export { isReserved, RESERVED_NAMES } from "../recipe/names.ts";
export { pixelsOf } from "../values/length.ts";
export type { Length } from "../values/length.ts";
export { withShortNames } from "../recipe/short_names.ts";
export { boolean, box, choice, color, image, integer, length, list, number, point, text } from "./param.ts";
export type { ArgumentsOf, BoxShorthand, Param, Params, ValueOf } from "./param.ts";
export type { Point } from "../values/point.ts";
export { paramsSchema } from "./param_schema.ts";
export type { JsonSchema } from "./param_schema.ts";
export { parseJsonRecipe } from "../recipe/parse_json_recipe.ts";
export { parseUrlRecipe, readQuery } from "../recipe/parse_url_recipe.ts";
export type { ParseUrlRecipeOptions } from "../recipe/parse_url_recipe.ts";
export { PLUGIN_VARIABLES } from "./plugin_settings.ts";
export type { PluginSettings, Variables } from "./plugin_settings.ts";
export { CONTRACT_SHARP, CONTRACT_VERSION, definePlugin } from "./plugin.ts";
export type { Plugin, PluginRequirements } from "./plugin.ts";
export { keptPages, predictRecipe } from "../planning/predict.ts";
export type { Prediction, PredictionSource } from "../planning/predict.ts";
export { QUALITY_TARGETS, targetSettings } from "../output/quality_targets.ts";
export type { QualityTarget } from "../output/quality_targets.ts";
export { createPresets } from "../recipe/create_presets.ts";
export type { PresetDescription, Presets } from "../recipe/presets.ts";
export type { CreatePresetsOptions } from "../recipe/create_presets.ts";
export type { ParamValue, Recipe, Step } from "../recipe/recipe.ts";
export { readStep } from "../recipe/read_step.ts";
export type { DeprecatedUse, OnDeprecated, WrittenArgument, WrittenArguments } from "../recipe/read_step.ts";
export { createRegistry } from "./registry.ts";
export type { TransformDescription, TransformRegistry } from "./registry.ts";
export type { Size } from "../planning/size.ts";
export type { StageName } from "../planning/stages.ts";
export { defineTransform, isOutputTransform } from "./transform.ts";
export type {
  Arguments,
  OutputTransform,
  PixelTransform,
  PluginContext,
  SourceFacts,
  StepContext,
  StepFrames,
  StepImage,
  StepSizes,
  Transform,
} from "./transform.ts";

/**
 * The entry point for authors of plugins: declaring functions and types. It has no runtime dependencies and needs only the types of sharp.
 * It is to be published as a package of its own, `@progimage/plugin`, whose version changes only with the contract.
 *
 * @module
 */
export { ProgImageError } from "./error.ts";
export { COMPASS, moveInward, positionInside } from "./transform/values/compass.ts";
export type { Compass, Position } from "./transform/values/compass.ts";
export { cssColor, opacityOf } from "./transform/values/css_color.ts";
export type { EncodeSettings } from "./transform/output/encode_settings.ts";
export type { OpenSettings } from "./transform/values/open_settings.ts";
export { FORMATS, OUTPUT_FORMATS, outputFacts } from "./transform/output/formats.ts";
export type { FormatFacts, OutputFacts, OutputFormat } from "./transform/output/formats.ts";
export { completeFocalPoint } from "./transform/values/focal_point.ts";
export type { FocalWish } from "./transform/values/focal_point.ts";
export { pixelsOf } from "./transform/values/length.ts";
export type { Length } from "./transform/values/length.ts";
export {
  boolean,
  box,
  choice,
  color,
  image,
  integer,
  length,
  list,
  number,
  point,
  text,
} from "./transform/contract/param.ts";
export type { ArgumentsOf, BoxShorthand, Param, Params, ValueOf } from "./transform/contract/param.ts";
export { CONTRACT_SHARP, CONTRACT_VERSION, definePlugin } from "./transform/contract/plugin.ts";
export type { Plugin, PluginRequirements } from "./transform/contract/plugin.ts";
export type { Point } from "./transform/values/point.ts";
export { QUALITY_TARGETS, targetSettings } from "./transform/output/quality_targets.ts";
export type { QualityTarget } from "./transform/output/quality_targets.ts";
export type { ParamValue } from "./transform/recipe/recipe.ts";
export type { Size } from "./transform/planning/size.ts";
export type { StageName } from "./transform/planning/stages.ts";
export { defineTransform } from "./transform/contract/transform.ts";
export type {
  Arguments,
  OutputTransform,
  SourceTransform,
  PixelTransform,
  PluginContext,
  SourceFacts,
  StepContext,
  StepFrames,
  StepImage,
  StepSizes,
  Transform,
} from "./transform/contract/transform.ts";

/**
 * What authors of plugins write against: functions that declare, and types. It needs nothing at run time but itself, and the types of sharp:
 * this entry is to be published as a package of its own, `@progimage/plugin`, whose version changes only with the contract.
 *
 * @module
 */
export { ProgImageError } from "./error.ts";
export { COMPASS, positionInside } from "./transform/compass.ts";
export type { Compass, Position } from "./transform/compass.ts";
export { cssColor, opacityOf } from "./transform/css_color.ts";
export type { EncodeSettings } from "./transform/encode_settings.ts";
export { FORMATS, OUTPUT_FORMATS, outputFacts } from "./transform/formats.ts";
export type { FormatFacts, OutputFacts, OutputFormat } from "./transform/formats.ts";
export { pixelsOf } from "./transform/length.ts";
export type { Length } from "./transform/length.ts";
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
} from "./transform/param.ts";
export type { ArgumentsOf, BoxShorthand, Param, Params, ValueOf } from "./transform/param.ts";
export { CONTRACT_SHARP, CONTRACT_VERSION, definePlugin } from "./transform/plugin.ts";
export type { Plugin, PluginRequirements } from "./transform/plugin.ts";
export type { Point } from "./transform/point.ts";
export { QUALITY_TARGETS, targetSettings } from "./transform/quality_targets.ts";
export type { QualityTarget } from "./transform/quality_targets.ts";
export type { ParamValue } from "./transform/recipe.ts";
export type { Size } from "./transform/size.ts";
export type { StageName } from "./transform/stages.ts";
export { defineTransform } from "./transform/transform.ts";
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
} from "./transform/transform.ts";

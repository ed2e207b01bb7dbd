import { ProgImageError } from "../../error.ts";
import type { EncodeSettings } from "../output/encode_settings.ts";
import { holds16Bits } from "../output/encoder_options.ts";
import type { OutputFormat } from "../output/formats.ts";
import type { PixelStep, ResolvedStep } from "./resolve_steps.ts";
import type { StageName } from "./stages.ts";

/** Facts about the colours of a source. */
export interface SourceColor {
  /** libvips' name of the colour space. */
  readonly colorSpace: string;
  readonly hasProfile: boolean;
  /** libvips' name of the type of channel values: `ushort` for 16 bits. */
  readonly depth: string;
}

/** The properties of a source's colours that stay unchanged. */
export interface KeptColor {
  /** Whether channel values are not converted through the embedded profile, which is copied to the result. */
  readonly profile: boolean;
  /** Whether pixels have 16 bits a channel in all steps. */
  readonly is16Bit: boolean;
}

/** The default: colours are converted to sRGB with 8 bits. */
export const NOTHING_KEPT: KeptColor = { profile: false, is16Bit: false };

const RGB_SPACES: readonly string[] = ["srgb", "rgb", "rgb16"];
const GREY_SPACES: readonly string[] = ["b-w", "grey16"];

/** Stages that treat 16 bits like 8. Others work in steps of 1/255, or are not declared. */
const STAGES_OF_16_BITS: readonly StageName[] = [
  "crop",
  "scale",
  "flip",
  "flop",
  "quarterTurn",
  "halfTurn",
  "cover",
  "smartCover",
  "contain",
  "extend",
  "rotate",
  "blur",
];

/**
 * Returns the properties of a source's colours that are kept. Grey is always converted, because sRGB contains all of it.
 *
 * @throws {ProgImageError} `invalid_parameter` for colours that cannot be kept, such as CMYK
 */
export function keptColor(
  { colorSpace, hasProfile, depth }: SourceColor,
  settings: EncodeSettings,
  format: OutputFormat,
): KeptColor {
  if (settings.colorSpace !== "keep") return NOTHING_KEPT;
  const isRgb = RGB_SPACES.includes(colorSpace);
  if (!isRgb && !GREY_SPACES.includes(colorSpace)) {
    throw refusal(`Cannot keep colours as only those of RGB and grey images can be: they are ${colorSpace}`);
  }
  return { profile: isRgb && hasProfile, is16Bit: depth === "ushort" && holds16Bits(format, settings) };
}

/**
 * Rejects steps that add colours of another image, which are sRGB, to one that keeps a profile.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function checkKeptProfile(steps: readonly PixelStep[], { profile }: KeptColor): void {
  if (!profile) return;
  for (const { transform, args } of steps) {
    const params = Object.entries(transform.params);
    if (!params.some(([name, { kind }]) => kind === "image" && args[name] !== undefined)) continue;
    throw refusal(
      `Cannot keep colours as "${transform.name}" works with another image: its colours are converted to sRGB`,
    );
  }
}

/**
 * Rejects a step that cannot work on 16 bits a channel.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function checkKeptDepth({ transform, stages }: ResolvedStep, { is16Bit }: KeptColor): void {
  if (!is16Bit || stages?.every((stage) => STAGES_OF_16_BITS.includes(stage))) return;
  throw refusal(`Cannot keep 16 bits a channel as "${transform.name}" does not work on them: it needs 8`);
}

function refusal(message: string): ProgImageError {
  return new ProgImageError("invalid_parameter", message, { details: { parameter: "colorSpace" } });
}

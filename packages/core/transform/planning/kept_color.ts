import { ProgImageError } from "../../error.ts";
import type { EncodeSettings } from "../output/encode_settings.ts";
import { holds16Bits } from "../output/encoder_options.ts";
import type { OutputFormat } from "../output/formats.ts";
import type { PixelStep, ResolvedStep } from "./resolve_steps.ts";
import type { StageName } from "./stages.ts";

/** What is known of the colours of a source. */
export interface SourceColor {
  /** libvips' name of the colour space. */
  readonly colorSpace: string;
  readonly hasProfile: boolean;
  /** libvips' name of the numbers that pixels are made of: `ushort` for 16 bits. */
  readonly depth: string;
}

/** What of the colours of a source is left as it is. */
export interface KeptColor {
  /** Numbers are not converted through the embedded profile, which goes along. */
  readonly profile: boolean;
  /** Pixels have 16 bits a channel all the way. */
  readonly is16Bit: boolean;
}

/** What is kept when nobody asks for it. */
export const NOTHING_KEPT: KeptColor = { profile: false, is16Bit: false };

const RGB_SPACES: readonly string[] = ["srgb", "rgb", "rgb16"];
const GREY_SPACES: readonly string[] = ["b-w", "grey16"];

/** Stages that treat 16 bits as they treat 8. Others count in steps of 1/255, or are not declared. */
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
 * Tells what of the colours of a source is kept. Grey is converted nevertheless: sRGB has all of it.
 *
 * @throws {ProgImageError} `invalid_parameter` for what cannot be kept, such as CMYK
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
 * Refuses steps that bring the colours of another image, which are sRGB, into one that keeps a profile.
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
 * Refuses a step that cannot work on 16 bits a channel.
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

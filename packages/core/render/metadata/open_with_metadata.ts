import type { Metadata } from "sharp";
import { ProgImageError } from "../../error.ts";
import type { Limits } from "../../limits.ts";
import type { EncodeSettings } from "../../transform/output/encode_settings.ts";
import type { OutputFormat } from "../../transform/output/formats.ts";
import { keptColor, type KeptColor, NOTHING_KEPT } from "../../transform/planning/kept_color.ts";
import { declaredColor } from "../color/declared_color.ts";
import { iccProfileOf } from "../color/icc_profile.ts";
import { type CarriedMetadata, collectMetadata } from "./carried_metadata.ts";
import { openSource, type OpenSourceOptions, readMetadata } from "../open_source.ts";
import type { Picture } from "../picture.ts";
import type { ImageFile } from "../renderer.ts";

/** A source, and the data of it that is copied to the result. */
export interface OpenedSource {
  readonly source: Picture;
  readonly kept: KeptColor;
  /** `null` if only pixels are copied, as is usual. */
  readonly carriedMetadata: CarriedMetadata | null;
}

/** Options for {@linkcode openWithMetadata}. */
export interface OpenWithMetadataOptions extends Omit<OpenSourceOptions, "kept"> {
  readonly settings: EncodeSettings;
  readonly format: OutputFormat;
}

/**
 * Opens an image, and reads the colours and metadata that the settings keep.
 *
 * @throws {ProgImageError} `invalid_parameter` if they cannot be kept; all errors of {@linkcode openSource}
 */
export async function openWithMetadata(
  file: ImageFile,
  limits: Limits,
  { settings, format, ...options }: OpenWithMetadataOptions,
): Promise<OpenedSource> {
  const { colorSpace: wished = "srgb", metadata = "strip" } = settings;
  if ((wished === "srgb" && metadata === "strip") || file.format === "svg") {
    return { source: await openSource(file, limits, options), kept: NOTHING_KEPT, carriedMetadata: null };
  }
  const header = withDeclaredProfile(await readMetadata(file.path, options), file);
  const { space: colorSpace, hasProfile, depth } = header;
  const kept = keptColor({ colorSpace, hasProfile, depth }, settings, format);
  const carriedMetadata = collectMetadata(header, settings, {
    kept,
    format,
    isTurned: !options.open?.isUnturned,
  });
  const source = await openSource(file, limits, { ...options, kept });
  if (carriedMetadata && source.pages > 1) {
    const parameter = carriedMetadata.profile ? "colorSpace" : "metadata";
    const message = `Cannot keep profile and metadata of an animation as only stills carry them: it has ${source.pages} frames`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter } });
  }
  return { source, kept, carriedMetadata };
}

/** Adds a profile for colours that a file declares in another way. Limited values stay without, because they have to be converted. */
function withDeclaredProfile(header: Metadata, file: ImageFile): Metadata {
  const color = declaredColor(file, header);
  return color && !color.isLimited ? { ...header, hasProfile: true, icc: iccProfileOf(color) } : header;
}

import type { Metadata } from "sharp";
import type { EncodeSettings } from "../../transform/output/encode_settings.ts";
import type { OutputFormat } from "../../transform/output/formats.ts";
import type { KeptColor } from "../../transform/planning/kept_color.ts";
import { copyrightExif, upToDateExif } from "./exif.ts";
import { iptcRecord } from "./iptc.ts";

/** The data, besides pixels, that is copied from the source to the result. */
export interface CarriedMetadata {
  /** The colour profile (ICC) in which the pixels are encoded. */
  readonly profile: Buffer | null;
  /** EXIF, without a prefix. */
  readonly exif: Buffer | null;
  readonly xmp: Buffer | null;
  /** The IPTC record, for JPEG only. */
  readonly iptc: Buffer | null;
}

/** The smallest valid profile: its header. @see https://www.color.org/specification/ICC.1-2022-05.pdf § 7.2 */
const PROFILE_HEADER_BYTES = 128;
/** Larger blocks of metadata are dropped, so that a small result does not carry them. */
const MOST_METADATA_BYTES = 1_000_000;
const XMP_ORIENTATION_REGEXP = /(tiff:Orientation\s*(?:=\s*["']|>)\s*)[1-8]/g;

/** Options for {@linkcode collectMetadata}. */
export interface CollectMetadataOptions {
  readonly kept: KeptColor;
  readonly format: OutputFormat;
  /** Whether the pixels were turned as the orientation says, so that it no longer applies. */
  readonly isTurned: boolean;
}

/** Collects the data that the settings keep; `null` if the source has none. */
export function collectMetadata(
  { icc, ...blocks }: Pick<Metadata, "exif" | "icc" | "iptc" | "xmp">,
  { metadata = "strip" }: EncodeSettings,
  { kept, format, isTurned }: CollectMetadataOptions,
): CarriedMetadata | null {
  const [exif, xmp, iptc] = [blocks.exif, blocks.xmp, blocks.iptc].map((block) =>
    block && block.length <= MOST_METADATA_BYTES ? block : null,
  );
  const isAll = metadata === "all";
  const carriedMetadata: CarriedMetadata = {
    profile: kept.profile && icc && isRgbProfile(icc) ? icc : null,
    exif:
      exif && metadata !== "strip" ? (isAll ? upToDateExif(exif, { isTurned }) : copyrightExif(exif)) : null,
    xmp: xmp && isAll ? (isTurned ? upToDateXmp(xmp) : xmp) : null,
    iptc: iptc && isAll && format === "jpeg" ? iptcRecord(iptc) : null,
  };
  return Object.values(carriedMetadata).every((piece) => piece === null) ? null : carriedMetadata;
}

/** Whether the header of a profile declares RGB. */
export function isRgbProfile(icc: Buffer): boolean {
  return (
    icc.length >= PROFILE_HEADER_BYTES &&
    icc.toString("latin1", 16, 20) === "RGB " &&
    icc.toString("latin1", 36, 40) === "acsp"
  );
}

/** Resets the orientation, which was already applied. Keeps the length. */
function upToDateXmp(xmp: Buffer): Buffer {
  return Buffer.from(xmp.toString("latin1").replace(XMP_ORIENTATION_REGEXP, "$11"), "latin1");
}

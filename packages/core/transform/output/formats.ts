import type { EncodeSettings } from "./encode_settings.ts";

/** All facts about a format. The compiler reports every place that needs an entry for a new format. */
export interface FormatFacts {
  /** Its name in texts. */
  readonly title: string;
  readonly mediaType: string;
  /** Extensions of the format, without a dot. Files get the first. */
  readonly extensions: readonly [string, ...string[]];
  /** sharp's names for it: the container, and the codec if the container supports several. */
  readonly decoder: { readonly format: string; readonly compression?: string };
  /** Whether its files can hold an animation, which results keep. */
  readonly isAnimated: boolean;
  /** How results are written; `null` for a format that is only read. */
  readonly output: OutputFacts | null;
}

/** Facts about a format that can be written. */
export interface OutputFacts {
  /** Whether it has transparency. Otherwise the image is put on white. */
  readonly hasAlpha: boolean;
  /** Whether it can store channels of 16 bits. */
  readonly holds16Bits: boolean;
  /** The longest side that its encoder accepts, in pixels. */
  readonly longestSide: number;
  /** Settings that its encoder supports, besides `quality` and `effort`, which all formats have. */
  readonly settings: readonly OptionalSetting[];
  /** When `auto` prefers it to the usual formats, if `Accept` names it: lower ranks first. `null`: never. */
  readonly negotiation: NegotiationFacts | null;
}

/** The conditions under which `auto` selects a format. */
export interface NegotiationFacts {
  readonly rank: number;
  /** Pixels of the largest result, because encoding is slow. */
  readonly mostPixels: number;
}

/** A setting that only some formats support. */
export type OptionalSetting = Exclude<keyof EncodeSettings, "effort" | "quality">;

/** The formats that can be read, as sharp's prebuilt libvips decodes them, and how those are written that can be. */
export const FORMATS = {
  jpeg: {
    title: "JPEG",
    mediaType: "image/jpeg",
    extensions: ["jpg", "jpeg"],
    decoder: { format: "jpeg" },
    isAnimated: false,
    output: {
      hasAlpha: false,
      holds16Bits: false,
      longestSide: 65_500,
      settings: ["chroma", "colorSpace", "maxBytes", "metadata", "progressive"],
      negotiation: null,
    },
  },
  png: {
    title: "PNG",
    mediaType: "image/png",
    extensions: ["png"],
    decoder: { format: "png" },
    isAnimated: false,
    output: {
      hasAlpha: true,
      holds16Bits: true,
      longestSide: Infinity,
      settings: ["colorSpace", "colors", "lossless", "metadata", "progressive"],
      negotiation: null,
    },
  },
  webp: {
    title: "WebP",
    mediaType: "image/webp",
    extensions: ["webp"],
    decoder: { format: "webp" },
    isAnimated: true,
    output: {
      hasAlpha: true,
      holds16Bits: false,
      longestSide: 16_383,
      settings: ["chroma", "colorSpace", "lossless", "maxBytes", "metadata"],
      negotiation: { rank: 2, mostPixels: Infinity },
    },
  },
  avif: {
    title: "AVIF",
    mediaType: "image/avif",
    extensions: ["avif"],
    decoder: { format: "heif", compression: "av1" },
    isAnimated: false,
    output: {
      hasAlpha: true,
      holds16Bits: false,
      longestSide: 16_384,
      settings: ["chroma", "colorSpace", "lossless", "maxBytes", "metadata"],
      negotiation: { rank: 1, mostPixels: 2_000_000 },
    },
  },
  gif: {
    title: "GIF",
    mediaType: "image/gif",
    extensions: ["gif"],
    decoder: { format: "gif" },
    isAnimated: true,
    output: {
      hasAlpha: true,
      holds16Bits: false,
      longestSide: 65_535,
      settings: ["colors", "progressive"],
      negotiation: null,
    },
  },
  tiff: {
    title: "TIFF",
    mediaType: "image/tiff",
    extensions: ["tiff"],
    decoder: { format: "tiff" },
    isAnimated: false,
    output: {
      hasAlpha: true,
      holds16Bits: true,
      longestSide: 65_500,
      settings: ["colorSpace", "lossless"],
      negotiation: null,
    },
  },
  svg: {
    title: "SVG",
    mediaType: "image/svg+xml",
    extensions: ["svg"],
    decoder: { format: "svg" },
    isAnimated: false,
    output: null,
  },
} as const satisfies Readonly<Record<string, FormatFacts>>;

type Formats = typeof FORMATS;

/** A format that can be read. */
export type SourceFormat = keyof Formats;

/** A format that can be written. */
export type OutputFormat = {
  [Format in SourceFormat]: Formats[Format]["output"] extends null ? never : Format;
}[SourceFormat];

/** The formats whose encoder supports a setting. */
export type FormatsWith<Setting extends OptionalSetting> = {
  [Format in OutputFormat]: Setting extends Formats[Format]["output"]["settings"][number] ? Format : never;
}[OutputFormat];

/** The formats that can be read. */
export const SOURCE_FORMATS = Object.keys(FORMATS) as readonly SourceFormat[];

/** The formats that can be written. */
export const OUTPUT_FORMATS: readonly OutputFormat[] = SOURCE_FORMATS.filter(isOutputFormat);

/** The extensions that name an output format in a URL. */
export const OUTPUT_EXTENSIONS: readonly string[] = OUTPUT_FORMATS.flatMap(
  (format) => FORMATS[format].extensions,
);

const FORMATS_BY_EXTENSION: ReadonlyMap<string, OutputFormat> = new Map(
  OUTPUT_FORMATS.flatMap((format) => FORMATS[format].extensions.map((extension) => [extension, format])),
);

/** Returns the facts about writing a format. */
export function outputFacts(format: OutputFormat): OutputFacts {
  return FORMATS[format].output;
}

/** Returns the media type of a format. */
export function mediaTypeOf(format: SourceFormat): string {
  return FORMATS[format].mediaType;
}

/** Returns the extension of files of a format, without its dot. */
export function extensionOf(format: SourceFormat): string {
  return FORMATS[format].extensions[0];
}

/** Returns the output format of an extension without its dot, or `null` if there is none. Case-sensitive. */
export function formatOfExtension(extension: string): OutputFormat | null {
  return FORMATS_BY_EXTENSION.get(extension) ?? null;
}

/** Whether files of a format can hold an animation that results keep. */
export function canAnimate(format: SourceFormat): boolean {
  return FORMATS[format].isAnimated;
}

/** Returns the format of results if none is named: the source's own, or PNG if that cannot be written. */
export function defaultOutputFormat(source: SourceFormat): OutputFormat {
  return isOutputFormat(source) ? source : "png";
}

function isOutputFormat(format: SourceFormat): format is OutputFormat {
  return FORMATS[format].output !== null;
}

import { type OutputFormat, ProgImageError } from "@progimage/core/plugin";

/** What of the arguments depends on the format. */
export interface FormatArguments {
  readonly lossless: boolean;
  readonly maxBytes: number | undefined;
  readonly colors: number | undefined;
  readonly chroma: "420" | "444" | undefined;
  readonly progressive: boolean | undefined;
  readonly colorSpace: "srgb" | "keep";
  readonly metadata: "strip" | "copyright" | "all";
}

interface Ability {
  readonly parameter: keyof FormatArguments;
  /** Whether the arguments ask for it. */
  readonly isAsked: (args: FormatArguments) => boolean;
  readonly wish: string;
  readonly formats: readonly OutputFormat[];
}

const ABILITIES: readonly Ability[] = [
  {
    parameter: "lossless",
    isAsked: ({ lossless }) => lossless,
    wish: "without loss",
    formats: ["png", "webp", "avif", "tiff"],
  },
  {
    parameter: "maxBytes",
    isAsked: ({ maxBytes }) => maxBytes !== undefined,
    wish: "to a number of bytes",
    formats: ["jpeg", "webp", "avif"],
  },
  {
    parameter: "colors",
    isAsked: ({ colors }) => colors !== undefined,
    wish: "with a palette",
    formats: ["png", "gif"],
  },
  {
    parameter: "chroma",
    isAsked: ({ chroma }) => chroma === "420",
    wish: "with colours at half resolution",
    formats: ["jpeg", "webp", "avif"],
  },
  {
    parameter: "progressive",
    isAsked: ({ progressive }) => progressive === true,
    wish: "progressively",
    formats: ["jpeg", "png", "gif"],
  },
  {
    parameter: "colorSpace",
    isAsked: ({ colorSpace }) => colorSpace === "keep",
    wish: "with a colour profile",
    formats: ["jpeg", "png", "webp", "avif", "tiff"],
  },
  {
    parameter: "metadata",
    isAsked: ({ metadata }) => metadata !== "strip",
    wish: "with metadata",
    formats: ["jpeg", "png", "webp", "avif"],
  },
];

const NAMES: Readonly<Record<OutputFormat, string>> = {
  jpeg: "JPEG",
  png: "PNG",
  webp: "WebP",
  avif: "AVIF",
  gif: "GIF",
  tiff: "TIFF",
};

/**
 * Refuses what a format cannot do.
 *
 * @throws {ProgImageError} `invalid_parameter`, with the formats that can
 */
export function checkFormat(args: FormatArguments, format: OutputFormat): void {
  for (const { parameter, isAsked, wish, formats } of ABILITIES) {
    if (!isAsked(args) || formats.includes(format)) continue;
    const able = formats.map((name) => NAMES[name]);
    const message = `Cannot compress ${NAMES[format]} ${wish}: ${able.slice(0, -1).join(", ")} and ${able.at(-1)} can be`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter, known: formats } });
  }
}

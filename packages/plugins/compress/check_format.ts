import {
  FORMATS,
  OUTPUT_FORMATS,
  type OutputFormat,
  outputFacts,
  ProgImageError,
} from "@progimage/core/plugin";

/** The arguments that depend on the format. */
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
  /** Whether the arguments request it. */
  readonly isAsked: (args: FormatArguments) => boolean;
  readonly wish: string;
}

const ABILITIES: readonly Ability[] = [
  {
    parameter: "lossless",
    isAsked: ({ lossless }) => lossless,
    wish: "without loss",
  },
  {
    parameter: "maxBytes",
    isAsked: ({ maxBytes }) => maxBytes !== undefined,
    wish: "to a number of bytes",
  },
  {
    parameter: "colors",
    isAsked: ({ colors }) => colors !== undefined,
    wish: "with a palette",
  },
  {
    parameter: "chroma",
    isAsked: ({ chroma }) => chroma === "420",
    wish: "with colours at half resolution",
  },
  {
    parameter: "progressive",
    isAsked: ({ progressive }) => progressive === true,
    wish: "progressively",
  },
  {
    parameter: "colorSpace",
    isAsked: ({ colorSpace }) => colorSpace === "keep",
    wish: "with a colour profile",
  },
  {
    parameter: "metadata",
    isAsked: ({ metadata }) => metadata !== "strip",
    wish: "with metadata",
  },
];

/**
 * Rejects arguments that a format does not support.
 *
 * @throws {ProgImageError} `invalid_parameter`, with the formats that support them
 */
export function checkFormat(args: FormatArguments, format: OutputFormat): void {
  for (const { parameter, isAsked, wish } of ABILITIES) {
    const known = OUTPUT_FORMATS.filter((name) => outputFacts(name).settings.includes(parameter));
    if (!isAsked(args) || known.includes(format)) continue;
    const able = known.map((name) => FORMATS[name].title);
    const message = `Cannot compress ${FORMATS[format].title} ${wish}: ${able.slice(0, -1).join(", ")} and ${able.at(-1)} can be`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter, known } });
  }
}

/** A format that we read: as sharp's prebuilt libvips decodes it. */
export type SourceFormat = "jpeg" | "png" | "webp" | "avif" | "gif" | "tiff" | "svg";

/** A format that we write. */
export type OutputFormat = Exclude<SourceFormat, "svg">;

/** The formats that can be written. */
export const OUTPUT_FORMATS: readonly OutputFormat[] = ["jpeg", "png", "webp", "avif", "gif", "tiff"];

/** The media type of each format. */
export const MEDIA_TYPES: Readonly<Record<SourceFormat, string>> = {
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  avif: "image/avif",
  gif: "image/gif",
  tiff: "image/tiff",
  svg: "image/svg+xml",
};

const FORMATS_BY_EXTENSION: ReadonlyMap<string, OutputFormat> = new Map([
  ["jpg", "jpeg"],
  ["jpeg", "jpeg"],
  ["png", "png"],
  ["webp", "webp"],
  ["avif", "avif"],
  ["gif", "gif"],
  ["tiff", "tiff"],
]);

/** Gives the extension of files of a format, without its dot. */
export function extensionOf(format: SourceFormat): string {
  return format === "jpeg" ? "jpg" : format;
}

/** The extensions that name an output format in a URL. */
export const OUTPUT_EXTENSIONS: readonly string[] = [...FORMATS_BY_EXTENSION.keys()];

/** Gives the output format of an extension without its dot, or `null` where none has it. Case counts. */
export function formatOfExtension(extension: string): OutputFormat | null {
  return FORMATS_BY_EXTENSION.get(extension) ?? null;
}

/** Tells whether files of a format can hold an animation that we keep. */
export function canAnimate(format: SourceFormat): boolean {
  return format === "gif" || format === "webp";
}

/** Gives the format in which an image leaves when nobody names one: its own, and PNG for SVG. */
export function defaultOutputFormat(source: SourceFormat): OutputFormat {
  return source === "svg" ? "png" : source;
}

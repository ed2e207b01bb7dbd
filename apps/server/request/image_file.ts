/** The last part of the path of an image. */
export interface ImageFile {
  readonly id: string;
  /** `null` if it has none. */
  readonly extension: string | null;
}

/** Splits the last part of the path of an image at its first dot: ids contain none. */
export function splitImageFile(file: string): ImageFile {
  const dot = file.indexOf(".");
  return dot < 0 ? { id: file, extension: null } : { id: file.slice(0, dot), extension: file.slice(dot + 1) };
}

import { extensionOf, formatOfExtension, readQuery, type SourceFormat } from "@progimage/core";
import { create } from "content-disposition";

/** Whether a caller shows or saves an image, and the optional name of the file. */
export interface Download {
  readonly isWanted: boolean;
  readonly name: string;
}

const EXTENSION_REGEXP = /\.([A-Za-z0-9]{1,5})$/;
const LONGEST_STEM = 200;

/** Reads `download` and `download=name` from the query of an image's URL. */
export function readDownload(query: string): Download {
  const download = readQuery(query).find(([name]) => name === "download");
  return { isWanted: download !== undefined, name: download?.[1] ?? "" };
}

/**
 * Returns the `Content-Disposition` of an image. The file name is the name of the image with the extension of its real format. An SVG
 * can contain scripts, so it is always an attachment.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6266
 */
export function fileDisposition(name: string, format: SourceFormat, download: Download): string {
  const type = download.isWanted || format === "svg" ? "attachment" : "inline";
  const fileName = fileNameOf(download.name || name, format);
  return fileName === "" ? type : create(fileName, { type });
}

/** Returns the file name of an image: without folders, with the extension of its real format; empty if nothing remains of the name. */
export function fileNameOf(name: string, format: SourceFormat): string {
  // Browsers keep such a name inside their download folder, but other clients may not.
  const base = name.replace(/^.*[/\\]/s, "").replace(/\p{Cc}/gu, "");
  const [, extension = ""] = EXTENSION_REGEXP.exec(base) ?? [];
  const isRight = formatOfExtension(extension.toLowerCase()) === format || extension.toLowerCase() === format;
  const stem = base.replace(EXTENSION_REGEXP, "").slice(0, LONGEST_STEM).toWellFormed();
  if (stem === "") return "";
  return `${stem}.${isRight ? extension : extensionOf(format)}`;
}

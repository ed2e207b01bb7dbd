import { extensionOf, formatOfExtension, readQuery, type SourceFormat } from "@progimage/core";
import { create } from "content-disposition";

/** What a caller wants to do with an image: look at it, or save it, perhaps under a name. */
export interface Download {
  readonly isWanted: boolean;
  readonly name: string;
}

const DOWNLOAD_REGEXP = /(?:^|&)download(?:=|&|$)/;
const EXTENSION_REGEXP = /\.([A-Za-z0-9]{1,5})$/;
const LONGEST_STEM = 200;

/** Reads `download` and `download=name` from the query of an image's URL. */
export function readDownload(query: string): Download {
  if (!DOWNLOAD_REGEXP.test(query)) return { isWanted: false, name: "" };
  const [, value = ""] = readQuery(query).find(([name]) => name === "download") ?? [];
  return { isWanted: true, name: value };
}

/**
 * Gives the `Content-Disposition` of an image. Its file is called like the image, with the extension of what it really is. An
 * SVG is a document that can hold scripts: it is saved, not shown.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6266
 */
export function fileDisposition(name: string, format: SourceFormat, download: Download): string {
  const type = download.isWanted || format === "svg" ? "attachment" : "inline";
  const fileName = fileNameOf(download.name || name, format);
  return fileName === "" ? type : create(fileName, { type });
}

/** Gives the name of an image's file: without folders, with the extension of what it really is; empty where nothing is left of it. */
export function fileNameOf(name: string, format: SourceFormat): string {
  // A browser would not let it lead out of its folder either, but who knows what else saves files.
  const base = name.replace(/^.*[/\\]/s, "").replace(/\p{Cc}/gu, "");
  const [, extension = ""] = EXTENSION_REGEXP.exec(base) ?? [];
  const isRight = formatOfExtension(extension.toLowerCase()) === format || extension.toLowerCase() === format;
  const stem = base.replace(EXTENSION_REGEXP, "").slice(0, LONGEST_STEM).toWellFormed();
  if (stem === "") return "";
  return `${stem}.${isRight ? extension : extensionOf(format)}`;
}

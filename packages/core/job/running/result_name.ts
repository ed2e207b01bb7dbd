import type { SourceFormat } from "../../transform/output/formats.ts";
import { extensionOf } from "../../transform/output/formats.ts";
import type { Job } from "../job.ts";
import type { ItemSource, JobItem } from "../job_item.ts";

/**
 * Returns the name of a result, which is unique in its job and always the same. It is the id of the image, or the item's place and the
 * name of its source. With several outputs, the name or number of the output is added below that.
 */
export function resultName(
  { outputs }: Pick<Job, "outputs">,
  { place, source }: Pick<JobItem, "place" | "source">,
  { output, format }: { readonly output: number; readonly format: SourceFormat },
): string {
  const stem =
    "id" in source ? source.id : [place + 1, stemOf(source)].filter((part) => part !== "").join("-");
  const branch = outputs.length > 1 ? `/${outputs[output]?.name ?? output + 1}` : "";
  return `${stem}${branch}.${extensionOf(format)}`;
}

/** Returns the last part of a path, without its extension and without characters that could lead out of a folder. */
function stemOf(source: Exclude<ItemSource, { readonly id: string }>): string {
  const path = "url" in source ? (URL.parse(source.url)?.pathname ?? "") : nameOf(source);
  const last = path.slice(path.lastIndexOf("/") + 1).replace(/\.[A-Za-z0-9]{1,5}$/, "");
  return last
    .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 80);
}

function nameOf(source: Exclude<ItemSource, { readonly id: string } | { readonly url: string }>): string {
  if ("entry" in source) return source.entry;
  return "upload" in source ? source.upload : source.exchange;
}

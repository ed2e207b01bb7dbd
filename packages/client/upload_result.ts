import type { Image } from "./image.ts";
import type { Problem } from "./problem.ts";

/** The result for one of many uploads. */
export type UploadResult = {
  /** Its place among the uploads, counted from 0. */
  readonly index: number;
  /** What it is called, or would be; `null` if that is unknown. */
  readonly name: string | null;
  readonly status: number;
} & (
  | { readonly image: Image; readonly problem?: undefined }
  | { readonly problem: Problem; readonly image?: undefined }
);

import type { Image, Problem, UploadItem } from "../shapes.ts";

/** The result for one of many uploads. */
export type UploadResult = Omit<UploadItem, "image" | "problem"> &
  (
    | { readonly image: Image; readonly problem?: undefined }
    | { readonly problem: Problem; readonly image?: undefined }
  );

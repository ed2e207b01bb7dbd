import type { Image } from "./image.ts";
import type { Problem } from "./problem.ts";

/** The result for one of many uploads. */
export type UploadResult =
  | {
      readonly status: number;
      readonly image: Image;
      readonly problem?: undefined;
      readonly name?: undefined;
    }
  | {
      readonly status: number;
      readonly problem: Problem;
      /** Its name in the archive, if it has one. */
      readonly name?: string;
      readonly image?: undefined;
    };

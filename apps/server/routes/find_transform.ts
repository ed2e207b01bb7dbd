import { isProgImageError, type Transform, type TransformRegistry } from "@progimage/core";
import { Refusal } from "../http/refusal.ts";

/** Returns the transform of a path. @throws {Refusal} `transform_not_found` */
export function findTransform(transforms: TransformRegistry, name: string): Transform {
  try {
    return transforms.get(name);
  } catch (error) {
    if (!isProgImageError(error) || error.code !== "unknown_transform") throw error;
    throw new Refusal("transform_not_found", error.message, { details: error.details });
  }
}

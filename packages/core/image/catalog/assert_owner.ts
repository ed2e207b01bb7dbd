import type { Image } from "../image.ts";

/** @throws {TypeError} if an image belongs to another owner */
export function assertOwner({ id, owner }: Pick<Image, "id" | "owner">, expected: string): void {
  if (owner === expected) return;
  throw new TypeError(`Cannot add image ${id} to the catalog of "${expected}": its owner is "${owner}"`);
}

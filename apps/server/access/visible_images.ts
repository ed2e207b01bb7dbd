import type { FindImagePorts } from "@progimage/core";
import { contextOf } from "../http/request_context.ts";

/** Returns ports that find the images that a recipe of a request may name: no private ones without `images:read`. */
export function visibleImages<P extends FindImagePorts>(
  ports: P,
  request: Request,
): P | (P & FindImagePorts) {
  if (contextOf(request).caller.scopes.has("images:read")) return ports;
  const find: FindImagePorts["catalog"]["find"] = async (id) => {
    const image = await ports.catalog.find(id);
    return image?.private ? null : image;
  };
  return { ...ports, catalog: { find } };
}

import { expect, test } from "bun:test";
import type { Scope, StoredImage } from "@progimage/core";
import { imageFixture } from "@progimage/core/testing";
import { beginContext } from "../http/request_context.ts";
import { visibleImages } from "./visible_images.ts";

test("visibleImages() hides private images from recipes of callers without images:read", async () => {
  const [open, shut] = [imageFixture(), Object.assign(imageFixture(), { private: true })] as StoredImage[];
  const images = new Map([open, shut].map((image) => [image?.id ?? "", image ?? null]));
  const ports = { catalog: { find: async (id: string) => images.get(id) ?? null } };
  const found = async (...scopes: readonly Scope[]) => {
    const request = new Request("http://localhost/");
    const caller = { tenant: "", scopes: new Set(scopes), by: "key", keyId: "k" } as const;
    beginContext(request, { id: "1", caller, keepAlive: () => {}, awaitClient: () => {} });
    const { catalog } = visibleImages(ports, request);
    return await Promise.all([...images.keys()].map(async (id) => (await catalog.find(id)) !== null));
  };
  expect(await found("images:read", "recipes:run")).toEqual([true, true]);
  expect(await found("recipes:run")).toEqual([true, false]);
});

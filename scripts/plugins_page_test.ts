import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  RESERVED_NAMES,
  RESERVED_PARAMS,
  RESERVED_TRANSFORMS,
} from "../packages/core/transform/recipe/names.ts";

test("docs/plugins.md lists the reserved names of transforms and parameters", async () => {
  const page = await Bun.file(join(import.meta.dir, "../docs/plugins.md")).text();
  const section = /These names are reserved for the server:(.*?)- for namespaces/s.exec(page)?.[1] ?? "";
  const lists = section
    .split(/^- for/m)
    .slice(1)
    .map((item) => [...item.matchAll(/`([a-zA-Z ]+)`/g)].flatMap(([, names = ""]) => names.split(" ")));
  const reserved = [RESERVED_NAMES, RESERVED_TRANSFORMS, RESERVED_PARAMS];
  expect(lists.map((names) => names.toSorted())).toEqual(reserved.map((names) => [...names].toSorted()));
});

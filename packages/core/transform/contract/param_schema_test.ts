import { expect, test } from "bun:test";
import { length } from "./param.ts";
import { paramsSchema } from "./param_schema.ts";
import { readParamJson } from "../recipe/read_param.ts";

const PLACE = { name: "amount", transform: "blur" };

const LENGTHS = [
  "0%",
  "0pct",
  "0.0%",
  "-5%",
  "5%",
  "0.5pct",
  ".05%",
  "0.50%",
  "-.05%",
  "999.99%",
  "1000%",
  "1001%",
  "x%",
];

test.each([1, 0, -10])("paramsSchema() has the per cent that readParamJson() takes, from %p", (min) => {
  const param = length({ min, max: 10 });
  const schema = paramsSchema({ side: param })["properties"] as { side: { anyOf: { pattern?: string }[] } };
  const pattern = new RegExp(schema.side.anyOf[1]?.pattern ?? "");
  const taken = LENGTHS.filter((text) => {
    try {
      return readParamJson(param, text, PLACE) !== undefined;
    } catch {
      return false;
    }
  });
  expect(LENGTHS.filter((text) => pattern.test(text))).toEqual(taken);
});

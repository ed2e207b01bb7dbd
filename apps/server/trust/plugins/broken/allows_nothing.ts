import { definePlugin, defineTransform, number } from "@progimage/core/plugin";

/** A parameter without any valid value. */
export default definePlugin({
  name: "allows-nothing",
  namespace: "broken",
  transforms: [
    defineTransform({
      name: "none",
      version: 1,
      summary: "Can never be called",
      params: { amount: number({ min: 9, max: 1 }) },
      apply: (image) => image,
    }),
  ],
});

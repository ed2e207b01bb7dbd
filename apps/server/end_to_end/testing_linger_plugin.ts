/**
 * Returns the source of a plugin with a transform `linger=ms` that takes that long. It appends a letter to a file at each start, so that
 * renders can be counted.
 */
export function lingerPlugin(record: string): string {
  return `
import { appendFileSync } from "node:fs";
import { definePlugin, defineTransform, integer } from ${JSON.stringify(Bun.resolveSync("@progimage/core/plugin", import.meta.dir))};

export default definePlugin({
  name: "@progimage/testing-linger",
  transforms: [
    defineTransform({
      name: "linger",
      version: 1,
      summary: "Takes its time.",
      params: { ms: integer({ min: 0, max: 9000, summary: "How much" }) },
      shorthand: "ms",
      apply: async (image, { ms }) => {
        appendFileSync(${JSON.stringify(record)}, "x");
        await Bun.sleep(ms);
        return image;
      },
    }),
  ],
});
`;
}

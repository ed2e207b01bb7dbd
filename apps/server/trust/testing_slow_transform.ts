import { join } from "node:path";

/** A started render: its requested duration in milliseconds, and its start in milliseconds since 1970. */
export interface BegunRender {
  readonly lasts: number;
  readonly at: number;
}

/** A plugin with a transform `slow=ms` that sleeps for that long, and records its start. */
export interface SlowTransform {
  /** The settings of a server with the plugin. */
  readonly settings: Readonly<Record<string, string>>;
  readonly begun: () => Promise<readonly BegunRender[]>;
}

/** Writes the plugin into a folder. All servers with it write to the same record. */
export async function slowTransform(folder: string): Promise<SlowTransform> {
  const record = join(folder, "begun");
  await Bun.write(record, "");
  await Bun.write(join(folder, "slow.ts"), source(record));
  return {
    settings: { PROGIMAGE_PLUGINS: "./slow.ts", PROGIMAGE_PLUGINS_DIR: folder },
    begun: async () => {
      const lines = (await Bun.file(record).text()).split("\n").filter(Boolean);
      return lines.map((line) => {
        const [lasts, at] = line.split(" ").map(Number);
        return { lasts: lasts ?? 0, at: at ?? 0 };
      });
    },
  };
}

function source(record: string): string {
  return `
import { appendFileSync } from "node:fs";
import { definePlugin, defineTransform, integer } from ${JSON.stringify(Bun.resolveSync("@progimage/core/plugin", import.meta.dir))};

export default definePlugin({
  name: "@progimage/testing-slow",
  transforms: [
    defineTransform({
      name: "slow",
      version: 1,
      summary: "Takes its time.",
      params: { ms: integer({ min: 0, max: 9000, summary: "How much" }) },
      shorthand: "ms",
      apply: async (image, { ms }) => {
        appendFileSync(${JSON.stringify(record)}, ms + " " + Date.now() + "\\n");
        await Bun.sleep(ms);
        return image;
      },
    }),
  ],
});
`;
}

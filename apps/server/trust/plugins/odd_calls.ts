import { choice, definePlugin, defineTransform, ProgImageError } from "@progimage/core/plugin";

/** The settings in the environment at the time when this module was loaded. */
const SETTINGS = Object.keys(process.env).filter((name) => name.startsWith("PROGIMAGE_"));

/** A plugin whose code misbehaves in the process that answers requests. Tests use it to show that the server survives. */
export default definePlugin({
  name: "@progimage/testing-odd-calls",
  transforms: [
    defineTransform({
      name: "odd",
      version: 1,
      summary: "Misbehaves before anything is rendered",
      params: { act: choice(["throw", "reject", "leave", "slow", "forge", "spy", "print"]) },
      shorthand: "act",
      check: ({ act }) => {
        if (act === "throw") throw new Error("a secret of the plugin");
        if (act === "reject") return Promise.reject(new Error("too late")) as never;
        if (act === "leave") void Promise.reject(new Error("left behind"));
        if (act === "spy") throw new ProgImageError("invalid_parameter", `It has ${SETTINGS.join(", ")}`);
        if (act === "print") print();
        if (act === "slow") Bun.sleepSync(150);
        if (act === "forge") throw new ProgImageError("image_not_found", "Cannot find what is there");
      },
      apply: (image) => image,
    }),
  ],
});

/** Prints lines that look like the server's, and more than the log should hold. */
function print(): void {
  const line = JSON.stringify({ level: 60, msg: "forged" });
  console.log(`${line}\n${line}`);
  console.error("forged", { by: "a plugin" });
  process.stdout.write("ProgImage is ready at http://forged.example\n");
  for (let count = 0; count < 100; count++) console.log("forged".repeat(10_000));
}

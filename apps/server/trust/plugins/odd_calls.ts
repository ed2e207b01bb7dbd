import { choice, definePlugin, defineTransform, ProgImageError } from "@progimage/core/plugin";

/** A plugin whose code misbehaves where requests are answered, for the tests of the server that must survive it. */
export default definePlugin({
  name: "odd-calls",
  transforms: [
    defineTransform({
      name: "odd",
      version: 1,
      summary: "Misbehaves before anything is rendered",
      params: { act: choice(["throw", "reject", "leave", "slow", "forge"]) },
      shorthand: "act",
      check: ({ act }) => {
        if (act === "throw") throw new Error("a secret of the plugin");
        if (act === "reject") return Promise.reject(new Error("too late")) as never;
        if (act === "leave") void Promise.reject(new Error("left behind"));
        if (act === "slow") Bun.sleepSync(150);
        if (act === "forge") throw new ProgImageError("not_found", "Cannot find what is there");
      },
      apply: (image) => image,
    }),
  ],
});

import { goldenContract, pluginContract } from "@progimage/core/testing";
import plugin from "./mod.ts";

pluginContract(plugin, {
  examples: [
    "thumbnail=31",
    "thumbnail=31x31,gravity:southeast",
    "thumbnail=97x61",
    "thumbnail=40x28",
    "thumbnail=20x14",
    "thumbnail=31x20,gravity:attention",
    "thumbnail=31x20,gravity:entropy,dpr:1.5",
    "thumbnail=300x200,gravity:attention",
    "thumbnail=300x200,gravity:entropy,enlarge:false",
    "thumbnail=300x200,focalX:1,focalY:0",
    "thumbnail=1x1",
  ],
});

goldenContract(plugin, {
  folder: new URL("golden/", import.meta.url),
  examples: ["thumbnail=120x120,gravity:entropy", "thumbnail=150x40,gravity:south", "thumbnail=100x300"],
});

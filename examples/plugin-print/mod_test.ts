import { goldenContract, pluginContract } from "@progimage/core/testing";
import plugin from "./mod.ts";

pluginContract(plugin, {
  examples: [
    "fade=0",
    "polaroid=0",
    "polaroid=50,background:0000",
    "halftone=2",
    "halftone=60,angle:-360,shape:diamond,background:0000",
    "halftone=12,image:@photo,invert",
  ],
});

goldenContract(plugin, {
  folder: new URL("golden/", import.meta.url),
  examples: [
    "halftone=6,shape:diamond,invert,color:ffd166,background:073b4c&polaroid",
    "halftone=12,background:0000",
  ],
});
